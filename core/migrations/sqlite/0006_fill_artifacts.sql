-- In batches. The newest first: what comes meanwhile has ids that are greater still.
INSERT INTO `artifacts` (`job_id`, `id`, `kind`, `blob_key`)
SELECT batch.id, json_extract(item.value, '$.id'), json_extract(item.value, '$.kind'), json_extract(item.value, '$.storageKey')
FROM (
	SELECT id, artifacts FROM jobs
	WHERE artifact_count > 0 AND id < (SELECT coalesce(min(job_id), char(0x10ffff)) FROM artifacts) ORDER BY id DESC LIMIT 5000
) AS batch, json_each(batch.artifacts) AS item WHERE true
ON CONFLICT DO NOTHING RETURNING 1;--> statement-breakpoint
-- In batches. Jobs whose ids do not rise with time.
INSERT INTO `artifacts` (`job_id`, `id`, `kind`, `blob_key`)
SELECT batch.id, json_extract(item.value, '$.id'), json_extract(item.value, '$.kind'), json_extract(item.value, '$.storageKey')
FROM (
	SELECT id, artifacts FROM jobs
	WHERE artifact_count > 0 AND NOT EXISTS (SELECT 1 FROM artifacts WHERE job_id = jobs.id) LIMIT 5000
) AS batch, json_each(batch.artifacts) AS item WHERE true
ON CONFLICT DO NOTHING RETURNING 1;
