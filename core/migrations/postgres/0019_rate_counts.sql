CREATE TABLE "rate_counts" (
	"name" text NOT NULL,
	"key" text NOT NULL,
	"n" bigint NOT NULL,
	"until" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "rate_counts_name_key_pk" PRIMARY KEY("name","key")
);
--> statement-breakpoint
CREATE INDEX "rate_counts_expiry" ON "rate_counts" USING btree ("until");--> statement-breakpoint
ALTER TABLE "rate_counts" SET UNLOGGED;
