CREATE TABLE "idempotency" (
	"owner" text NOT NULL,
	"operation" text NOT NULL,
	"key_hash" text NOT NULL,
	"fingerprint" text NOT NULL,
	"answer" text,
	"holder" text NOT NULL,
	"held_until" timestamp (3) with time zone NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "idempotency_owner_operation_key_hash_pk" PRIMARY KEY("owner","operation","key_hash")
);
--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "request_id" text;--> statement-breakpoint
CREATE INDEX "idempotency_age" ON "idempotency" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "jobs_owner_finished" ON "jobs" USING btree ("owner","state","finished_at","id") WHERE finished_at is not null;--> statement-breakpoint
CREATE INDEX "jobs_owner_code" ON "jobs" USING btree ("owner",(error ->> 'code'),"created_at","id") WHERE error is not null;--> statement-breakpoint
CREATE INDEX "jobs_keyed" ON "jobs" USING btree ("created_at") WHERE idempotency_key is not null;