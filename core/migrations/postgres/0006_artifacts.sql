CREATE TABLE "artifacts" (
	"job_id" text NOT NULL,
	"id" text NOT NULL,
	"kind" text NOT NULL,
	"blob_key" text NOT NULL,
	CONSTRAINT "artifacts_job_id_id_pk" PRIMARY KEY("job_id","id")
);
--> statement-breakpoint
CREATE TABLE "blobs" (
	"key" text PRIMARY KEY NOT NULL,
	"bytes" bigint NOT NULL,
	"sha256" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "outbox" (
	"kind" text NOT NULL,
	"name" text NOT NULL,
	"payload" jsonb NOT NULL,
	"failures" integer NOT NULL,
	"problem" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"due_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "outbox_kind_name_pk" PRIMARY KEY("kind","name")
);
--> statement-breakpoint
ALTER TABLE "artifacts" ADD CONSTRAINT "artifacts_job_id_jobs_id_fk" FOREIGN KEY ("job_id") REFERENCES "public"."jobs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "artifacts" ADD CONSTRAINT "artifacts_blob_key_blobs_key_fk" FOREIGN KEY ("blob_key") REFERENCES "public"."blobs"("key") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "artifacts_blob" ON "artifacts" USING btree ("blob_key");--> statement-breakpoint
CREATE INDEX "outbox_due" ON "outbox" USING btree ("kind","due_at");--> statement-breakpoint
-- The column of `jobs` is what processes of the version before read and write; rows and column change together.
CREATE FUNCTION "add_blob"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
	INSERT INTO blobs (key, bytes, sha256, created_at)
	SELECT new.blob_key, (item ->> 'bytes')::bigint, item ->> 'sha256', coalesce(jobs.finished_at, jobs.updated_at)
	FROM jobs, jsonb_array_elements(jobs.artifacts) AS item
	WHERE jobs.id = new.job_id AND item ->> 'storageKey' = new.blob_key LIMIT 1
	ON CONFLICT DO NOTHING;
	RETURN new;
END $$;--> statement-breakpoint
CREATE TRIGGER "artifacts_blob" BEFORE INSERT ON "artifacts" FOR EACH ROW EXECUTE FUNCTION "add_blob"();--> statement-breakpoint
CREATE FUNCTION "write_artifacts"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
	DELETE FROM artifacts WHERE job_id = new.id;
	INSERT INTO artifacts (job_id, id, kind, blob_key)
	SELECT new.id, item ->> 'id', item ->> 'kind', item ->> 'storageKey' FROM jsonb_array_elements(new.artifacts) AS item;
	RETURN null;
END $$;--> statement-breakpoint
CREATE TRIGGER "artifacts_new" AFTER INSERT ON "jobs" FOR EACH ROW
	WHEN (new.artifacts <> '[]') EXECUTE FUNCTION "write_artifacts"();--> statement-breakpoint
CREATE TRIGGER "artifacts_change" AFTER UPDATE OF "artifacts" ON "jobs" FOR EACH ROW
	WHEN (old.artifacts <> new.artifacts) EXECUTE FUNCTION "write_artifacts"();
