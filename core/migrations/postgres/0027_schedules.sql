CREATE TABLE "schedule_archive" (
	"schedule_id" text NOT NULL,
	"extractor" text NOT NULL,
	"media_id" text NOT NULL,
	"job_id" text NOT NULL,
	"taken_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "schedule_archive_schedule_id_extractor_media_id_pk" PRIMARY KEY("schedule_id","extractor","media_id")
);
--> statement-breakpoint
CREATE TABLE "schedules" (
	"id" text PRIMARY KEY NOT NULL,
	"owner" text NOT NULL,
	"name" text NOT NULL,
	"state" text NOT NULL,
	"run_at" timestamp (3) with time zone,
	"cron" text,
	"time_zone" text NOT NULL,
	"schema_version" integer NOT NULL,
	"download" jsonb,
	"batch" jsonb,
	"only_new" integer DEFAULT 1 NOT NULL,
	"next_run_at" timestamp (3) with time zone,
	"last_run_at" timestamp (3) with time zone,
	"last_due_at" timestamp (3) with time zone,
	"last_result" jsonb,
	"feed_token_hash" text,
	"feed_file_hash" text,
	"feed_created_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE INDEX "schedules_newest" ON "schedules" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "schedules_owner_newest" ON "schedules" USING btree ("owner","created_at","id");--> statement-breakpoint
CREATE INDEX "schedules_owner_state" ON "schedules" USING btree ("owner","state","created_at","id");--> statement-breakpoint
CREATE INDEX "schedules_due" ON "schedules" USING btree ("next_run_at","id") WHERE next_run_at is not null;--> statement-breakpoint
CREATE INDEX "schedules_last_run" ON "schedules" USING btree ("last_run_at") WHERE next_run_at is not null;