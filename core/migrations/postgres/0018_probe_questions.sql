CREATE TABLE "probe_questions" (
	"id" text PRIMARY KEY NOT NULL,
	"question" text NOT NULL,
	"holder" text NOT NULL,
	"asked_at" timestamp (3) with time zone NOT NULL,
	"asked_until" timestamp (3) with time zone NOT NULL,
	"taken_by" text,
	"taken_until" timestamp (3) with time zone,
	"answer" text
);
--> statement-breakpoint
CREATE INDEX "probe_questions_order" ON "probe_questions" USING btree ("asked_at");--> statement-breakpoint
ALTER TABLE "probe_questions" SET UNLOGGED;
