-- In batches. The newest first: what comes meanwhile has ids that are greater still.
INSERT INTO "artifacts" ("job_id", "id", "kind", "blob_key")
SELECT batch.id, item ->> 'id', item ->> 'kind', item ->> 'storageKey'
FROM (
	SELECT id, artifacts FROM jobs
	WHERE artifact_count > 0 AND id < coalesce((SELECT min(job_id) FROM artifacts), chr(x'10ffff'::int)) ORDER BY id DESC LIMIT 5000
	FOR SHARE
) AS batch, jsonb_array_elements(batch.artifacts) AS item
ON CONFLICT DO NOTHING RETURNING 1;--> statement-breakpoint
-- In batches. Jobs whose ids do not rise with time.
INSERT INTO "artifacts" ("job_id", "id", "kind", "blob_key")
SELECT batch.id, item ->> 'id', item ->> 'kind', item ->> 'storageKey'
FROM (
	SELECT id, artifacts FROM jobs
	WHERE artifact_count > 0 AND NOT EXISTS (SELECT 1 FROM artifacts WHERE job_id = jobs.id) LIMIT 5000
	FOR SHARE
) AS batch, jsonb_array_elements(batch.artifacts) AS item
ON CONFLICT DO NOTHING RETURNING 1;--> statement-breakpoint
ANALYZE "artifacts";--> statement-breakpoint
ANALYZE "blobs";
