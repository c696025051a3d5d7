CREATE TABLE "accounts" (
	"owner" text PRIMARY KEY NOT NULL,
	"running_jobs" integer,
	"queued_jobs" integer,
	"jobs_per_day" integer,
	"bytes_per_month" bigint,
	"stored_bytes" bigint,
	"requests_per_minute" integer,
	"probes" integer,
	"streams" integer,
	"weight" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "dispatch_turns" (
	"mode" text PRIMARY KEY NOT NULL,
	"owner" text NOT NULL,
	"taken" integer NOT NULL
);
--> statement-breakpoint
DROP INDEX "jobs_queue";--> statement-breakpoint
DROP INDEX "jobs_alone";--> statement-breakpoint
CREATE INDEX "jobs_ready" ON "jobs" USING btree ("owner","rank","id") WHERE state = 'queued' and alone = 0 and next_attempt_at is null;--> statement-breakpoint
CREATE INDEX "jobs_ready_alone" ON "jobs" USING btree ("owner","rank","id") WHERE state = 'queued' and alone = 1 and next_attempt_at is null;--> statement-breakpoint
CREATE INDEX "jobs_pausing" ON "jobs" USING btree ("next_attempt_at") WHERE state = 'queued' and next_attempt_at is not null;