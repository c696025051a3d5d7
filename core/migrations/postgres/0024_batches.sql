CREATE TABLE "batch_entries" (
	"batch_id" text NOT NULL,
	"key" text NOT NULL,
	"position" integer NOT NULL,
	"state" text NOT NULL,
	"url" text NOT NULL,
	"title" text,
	"skipped" jsonb,
	CONSTRAINT "batch_entries_batch_id_key_pk" PRIMARY KEY("batch_id","key")
);
--> statement-breakpoint
CREATE TABLE "batches" (
	"id" text PRIMARY KEY NOT NULL,
	"owner" text NOT NULL,
	"state" text NOT NULL,
	"title" text,
	"source" jsonb,
	"schema_version" integer NOT NULL,
	"request" jsonb NOT NULL,
	"labels" jsonb NOT NULL,
	"max_attempts" integer NOT NULL,
	"schedule_id" text,
	"only_new" integer NOT NULL,
	"error" jsonb,
	"expansion" integer NOT NULL,
	"checkpoint" jsonb NOT NULL,
	"failures" integer NOT NULL,
	"due_at" timestamp (3) with time zone NOT NULL,
	"request_id" text,
	"traceparent" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	"finished_at" timestamp (3) with time zone
);
--> statement-breakpoint
ALTER TABLE "batch_entries" ADD CONSTRAINT "batch_entries_batch_id_batches_id_fk" FOREIGN KEY ("batch_id") REFERENCES "public"."batches"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "batch_entries_state" ON "batch_entries" USING btree ("batch_id","state","position");--> statement-breakpoint
CREATE INDEX "batches_newest" ON "batches" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "batches_owner_newest" ON "batches" USING btree ("owner","created_at","id");--> statement-breakpoint
CREATE INDEX "batches_schedule_newest" ON "batches" USING btree ("schedule_id","created_at","id") WHERE schedule_id is not null;--> statement-breakpoint
CREATE INDEX "batches_expanding" ON "batches" USING btree ("due_at") WHERE state = 'expanding';--> statement-breakpoint
CREATE INDEX "batches_running" ON "batches" USING btree ("created_at") WHERE state = 'running';