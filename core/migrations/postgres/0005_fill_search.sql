-- In batches.
UPDATE "job_labels" SET owner = jobs.owner, created_at = jobs.created_at FROM jobs
WHERE jobs.id = job_labels.job_id AND job_labels.ctid = ANY(ARRAY(SELECT ctid FROM job_labels WHERE owner IS NULL LIMIT 5000))
RETURNING 1;--> statement-breakpoint
-- In batches. The newest first: what comes meanwhile has ids that are greater still.
INSERT INTO "job_search" ("job_id", "grams")
SELECT id, search_grams(owner, search_url, search_title) FROM jobs
WHERE id < coalesce((SELECT min(job_id) FROM job_search), chr(x'10ffff'::int)) ORDER BY id DESC LIMIT 5000
ON CONFLICT DO NOTHING RETURNING 1;--> statement-breakpoint
-- In batches. Jobs whose ids do not rise with time. Last, because it looks at all jobs each time.
INSERT INTO "job_search" ("job_id", "grams")
SELECT id, search_grams(owner, search_url, search_title) FROM jobs
WHERE NOT EXISTS (SELECT 1 FROM job_search WHERE job_id = jobs.id) LIMIT 5000
ON CONFLICT DO NOTHING RETURNING 1;--> statement-breakpoint
DROP INDEX "job_labels_unfilled";--> statement-breakpoint
ALTER INDEX "job_search_grams" RESET (gin_pending_list_limit);--> statement-breakpoint
ANALYZE "job_search";--> statement-breakpoint
ANALYZE "job_labels";
