CREATE TABLE "pulse" (
	"id" integer PRIMARY KEY NOT NULL,
	"seen_at" timestamp (3) with time zone NOT NULL,
	"steady_since" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "alone" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX "jobs_alone" ON "jobs" USING btree ("rank","id") WHERE state = 'queued' and alone = 1;