ALTER TABLE "jobs" ADD COLUMN "batch_id" text;--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "schedule_id" text;--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "reused_from" text;--> statement-breakpoint
CREATE INDEX "jobs_batch_state" ON "jobs" USING btree ("batch_id","state") WHERE batch_id is not null;--> statement-breakpoint
CREATE INDEX "jobs_batch_newest" ON "jobs" USING btree ("batch_id","created_at","id") WHERE batch_id is not null;--> statement-breakpoint
CREATE INDEX "jobs_schedule_newest" ON "jobs" USING btree ("schedule_id","created_at","id") WHERE schedule_id is not null;