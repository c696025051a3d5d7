CREATE TABLE "egresses" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"pool" text,
	"enabled" integer NOT NULL,
	"proxy" text,
	"cookies" text,
	"cookies_version" integer NOT NULL,
	"cookies_checked_at" timestamp (3) with time zone,
	"cookies_valid" integer,
	"cookies_use" text NOT NULL,
	"resolves_per_hour" integer,
	"spacing_ms" integer NOT NULL,
	"hosts" jsonb NOT NULL,
	"condition" jsonb NOT NULL,
	"version" integer NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "waiting" jsonb;--> statement-breakpoint
CREATE UNIQUE INDEX "egresses_name" ON "egresses" USING btree ("name");