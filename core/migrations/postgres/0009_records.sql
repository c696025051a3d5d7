CREATE TABLE "audit_log" (
	"id" text PRIMARY KEY NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"action" text NOT NULL,
	"via" text NOT NULL,
	"actor" text,
	"key_id" text,
	"request_id" text,
	"subject" text,
	"owner" text,
	"detail" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "history" (
	"job_id" text NOT NULL,
	"ended_at" timestamp (3) with time zone NOT NULL,
	"owner" text NOT NULL,
	"state" text NOT NULL,
	"code" text,
	"url" text,
	"title" text,
	"labels" jsonb,
	"host" text NOT NULL,
	"output" text NOT NULL,
	"files" integer NOT NULL,
	"bytes" bigint NOT NULL,
	"attempts" integer NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"started_at" timestamp (3) with time zone,
	"counted" integer NOT NULL,
	CONSTRAINT "history_job_id_ended_at_pk" PRIMARY KEY("job_id","ended_at")
);
--> statement-breakpoint
CREATE TABLE "stats" (
	"grain" text NOT NULL,
	"dimension" text NOT NULL,
	"everybody" integer NOT NULL,
	"owner" text NOT NULL,
	"start" timestamp (3) with time zone NOT NULL,
	"value" text NOT NULL,
	"count" bigint NOT NULL,
	"bytes" bigint NOT NULL,
	"timed" bigint NOT NULL,
	"run_ms" bigint NOT NULL,
	"histogram" jsonb NOT NULL,
	CONSTRAINT "stats_pk" PRIMARY KEY("grain","dimension","everybody","owner","start","value")
);
--> statement-breakpoint
CREATE TABLE "stats_progress" (
	"id" integer PRIMARY KEY NOT NULL,
	"cursor" text NOT NULL,
	"passes" integer NOT NULL,
	"passed_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "workers" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"host" text NOT NULL,
	"pid" integer NOT NULL,
	"version" text NOT NULL,
	"engine" jsonb NOT NULL,
	"concurrency" integer NOT NULL,
	"standalone" integer NOT NULL,
	"draining" integer NOT NULL,
	"drain_requested_at" timestamp (3) with time zone,
	"started_at" timestamp (3) with time zone NOT NULL,
	"seen_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE INDEX "audit_newest" ON "audit_log" USING btree ("at","id");--> statement-breakpoint
CREATE INDEX "audit_action" ON "audit_log" USING btree ("action","at","id");--> statement-breakpoint
CREATE INDEX "audit_subject" ON "audit_log" USING btree ("subject","at","id");--> statement-breakpoint
CREATE INDEX "audit_key" ON "audit_log" USING btree ("key_id","at","id");--> statement-breakpoint
CREATE INDEX "history_newest" ON "history" USING btree ("ended_at","job_id");--> statement-breakpoint
CREATE INDEX "history_owner_newest" ON "history" USING btree ("owner","ended_at","job_id");--> statement-breakpoint
CREATE INDEX "history_not_counted" ON "history" USING btree ("ended_at") WHERE counted = 0;--> statement-breakpoint
CREATE INDEX "stats_owners" ON "stats" USING btree ("grain","start") WHERE dimension = 'total' and everybody = 0;