CREATE TABLE `artifacts` (
	`job_id` text NOT NULL,
	`id` text NOT NULL,
	`kind` text NOT NULL,
	`blob_key` text NOT NULL,
	PRIMARY KEY(`job_id`, `id`),
	FOREIGN KEY (`job_id`) REFERENCES `jobs`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`blob_key`) REFERENCES `blobs`(`key`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `artifacts_blob` ON `artifacts` (`blob_key`);--> statement-breakpoint
CREATE TABLE `blobs` (
	`key` text PRIMARY KEY NOT NULL,
	`bytes` integer NOT NULL,
	`sha256` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `outbox` (
	`kind` text NOT NULL,
	`name` text NOT NULL,
	`payload` text NOT NULL,
	`failures` integer NOT NULL,
	`problem` text,
	`created_at` integer NOT NULL,
	`due_at` integer NOT NULL,
	PRIMARY KEY(`kind`, `name`)
);
--> statement-breakpoint
CREATE INDEX `outbox_due` ON `outbox` (`kind`,`due_at`);--> statement-breakpoint
-- The column of `jobs` is what processes of the version before read and write; rows and column change together.
CREATE TRIGGER `artifacts_blob` BEFORE INSERT ON `artifacts` WHEN NOT EXISTS (SELECT 1 FROM blobs WHERE key = new.blob_key) BEGIN
	INSERT INTO blobs (key, bytes, sha256, created_at)
	SELECT new.blob_key, json_extract(item.value, '$.bytes'), json_extract(item.value, '$.sha256'), coalesce(jobs.finished_at, jobs.updated_at)
	FROM jobs, json_each(jobs.artifacts) AS item
	WHERE jobs.id = new.job_id AND json_extract(item.value, '$.storageKey') = new.blob_key LIMIT 1;
END;--> statement-breakpoint
CREATE TRIGGER `artifacts_new` AFTER INSERT ON `jobs` WHEN new.artifacts <> '[]' BEGIN
	INSERT INTO artifacts (job_id, id, kind, blob_key)
	SELECT new.id, json_extract(value, '$.id'), json_extract(value, '$.kind'), json_extract(value, '$.storageKey') FROM json_each(new.artifacts);
END;--> statement-breakpoint
CREATE TRIGGER `artifacts_change` AFTER UPDATE OF `artifacts` ON `jobs` WHEN new.artifacts <> old.artifacts BEGIN
	DELETE FROM artifacts WHERE job_id = new.id;
	INSERT INTO artifacts (job_id, id, kind, blob_key)
	SELECT new.id, json_extract(value, '$.id'), json_extract(value, '$.kind'), json_extract(value, '$.storageKey') FROM json_each(new.artifacts);
END;
