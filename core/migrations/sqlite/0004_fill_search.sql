-- In batches.
UPDATE `job_labels` SET (owner, created_at) = (SELECT owner, created_at FROM jobs WHERE id = job_labels.job_id)
WHERE rowid IN (SELECT rowid FROM job_labels WHERE owner IS NULL LIMIT 5000)
RETURNING 1;--> statement-breakpoint
-- In batches. The newest first: what comes meanwhile has ids that are greater still.
INSERT INTO `job_search_rows` (`job_id`)
SELECT id FROM jobs WHERE id < (SELECT coalesce(min(job_id), char(0x10ffff)) FROM job_search_rows) ORDER BY id DESC LIMIT 5000
RETURNING 1;--> statement-breakpoint
-- In batches. Jobs whose ids do not rise with time. Last, because it looks at all jobs each time.
INSERT INTO `job_search_rows` (`job_id`)
SELECT id FROM jobs WHERE NOT EXISTS (SELECT 1 FROM job_search_rows WHERE job_id = jobs.id) LIMIT 5000
RETURNING 1;--> statement-breakpoint
DROP INDEX `job_labels_unfilled`;
