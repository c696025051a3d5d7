CREATE TABLE "looks" (
	"key" text NOT NULL,
	"shelf" text NOT NULL,
	"owner" text NOT NULL,
	"egress" text NOT NULL,
	"sealed" text NOT NULL,
	"made_at" timestamp (3) with time zone NOT NULL,
	"kept_until" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "looks_key_shelf_pk" PRIMARY KEY("key","shelf")
);
--> statement-breakpoint
CREATE INDEX "looks_newest" ON "looks" USING btree ("made_at");--> statement-breakpoint
CREATE INDEX "looks_owner" ON "looks" USING btree ("owner");