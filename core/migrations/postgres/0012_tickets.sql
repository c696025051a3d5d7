CREATE TABLE "tickets" (
	"hash" text PRIMARY KEY NOT NULL,
	"owner" text NOT NULL,
	"scopes" jsonb NOT NULL,
	"key_id" text,
	"secret_hash" text,
	"expires_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE INDEX "tickets_expiry" ON "tickets" USING btree ("expires_at");