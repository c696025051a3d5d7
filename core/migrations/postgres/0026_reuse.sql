ALTER TABLE "jobs" ADD COLUMN "reuse_key" text;--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "link_key" text;--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "shareable" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "joined_at" timestamp (3) with time zone;--> statement-breakpoint
CREATE INDEX "jobs_reuse" ON "jobs" USING btree ("owner","reuse_key","state","finished_at") WHERE reuse_key is not null;--> statement-breakpoint
CREATE INDEX "jobs_shared" ON "jobs" USING btree ("reuse_key","finished_at") WHERE shareable = 1;--> statement-breakpoint
CREATE INDEX "jobs_links" ON "jobs" USING btree ("owner","link_key","created_at") WHERE link_key is not null;--> statement-breakpoint
CREATE INDEX "jobs_joined" ON "jobs" USING btree ("owner","reuse_key") WHERE joined_at is not null;