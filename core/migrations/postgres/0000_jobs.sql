CREATE TABLE "api_keys" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"owner" text NOT NULL,
	"scopes" jsonb NOT NULL,
	"hash" text NOT NULL,
	"last_four" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"revoked_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "job_labels" (
	"job_id" text NOT NULL,
	"name" text NOT NULL,
	"value" text NOT NULL,
	CONSTRAINT "job_labels_job_id_name_pk" PRIMARY KEY("job_id","name")
);
--> statement-breakpoint
CREATE TABLE "jobs" (
	"id" text PRIMARY KEY NOT NULL,
	"owner" text NOT NULL,
	"state" text NOT NULL,
	"stage" text,
	"schema_version" integer NOT NULL,
	"request" jsonb NOT NULL,
	"progress" jsonb NOT NULL,
	"media" jsonb,
	"artifacts" jsonb NOT NULL,
	"artifact_count" integer NOT NULL,
	"warnings" jsonb NOT NULL,
	"error" jsonb,
	"labels" jsonb NOT NULL,
	"engine" jsonb,
	"attempt" integer NOT NULL,
	"failures" integer NOT NULL,
	"lost_workers" integer NOT NULL,
	"max_attempts" integer NOT NULL,
	"priority" text NOT NULL,
	"rank" timestamp (3) with time zone NOT NULL,
	"offered_at" timestamp (3) with time zone NOT NULL,
	"next_attempt_at" timestamp (3) with time zone,
	"worker" text,
	"host" text,
	"lease_until" timestamp (3) with time zone,
	"idempotency_key" text,
	"idempotency_fingerprint" text,
	"search_url" text NOT NULL,
	"search_title" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	"scheduled_for" timestamp (3) with time zone,
	"started_at" timestamp (3) with time zone,
	"finished_at" timestamp (3) with time zone,
	"expires_at" timestamp (3) with time zone
);
--> statement-breakpoint
ALTER TABLE "job_labels" ADD CONSTRAINT "job_labels_job_id_jobs_id_fk" FOREIGN KEY ("job_id") REFERENCES "public"."jobs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "api_keys_hash" ON "api_keys" USING btree ("hash");--> statement-breakpoint
CREATE INDEX "job_labels_value" ON "job_labels" USING btree ("name","value","job_id");--> statement-breakpoint
CREATE UNIQUE INDEX "jobs_idempotency" ON "jobs" USING btree ("owner","idempotency_key");--> statement-breakpoint
CREATE INDEX "jobs_newest" ON "jobs" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "jobs_owner_newest" ON "jobs" USING btree ("owner","created_at","id");--> statement-breakpoint
CREATE INDEX "jobs_owner_state" ON "jobs" USING btree ("owner","state","created_at","id");--> statement-breakpoint
CREATE INDEX "jobs_queue" ON "jobs" USING btree ("rank","id") WHERE state = 'queued';--> statement-breakpoint
CREATE INDEX "jobs_unoffered" ON "jobs" USING btree ("offered_at") WHERE state = 'queued';--> statement-breakpoint
CREATE INDEX "jobs_leases" ON "jobs" USING btree ("lease_until") WHERE state = 'running';--> statement-breakpoint
CREATE INDEX "jobs_workers" ON "jobs" USING btree ("host","worker") WHERE state = 'running';--> statement-breakpoint
CREATE INDEX "jobs_scheduled" ON "jobs" USING btree ("scheduled_for") WHERE state = 'scheduled';--> statement-breakpoint
CREATE INDEX "jobs_expiry" ON "jobs" USING btree ("expires_at") WHERE artifact_count > 0;