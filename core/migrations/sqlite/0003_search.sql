CREATE TABLE `job_search_rows` (
	`place` integer PRIMARY KEY NOT NULL,
	`job_id` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `job_search_rows_job_id_unique` ON `job_search_rows` (`job_id`);--> statement-breakpoint
DROP INDEX `job_labels_value`;--> statement-breakpoint
ALTER TABLE `job_labels` ADD `owner` text;--> statement-breakpoint
ALTER TABLE `job_labels` ADD `created_at` integer;--> statement-breakpoint
CREATE INDEX `job_labels_newest` ON `job_labels` (`name`,`value`,`owner`,`created_at`,`job_id`);--> statement-breakpoint
-- Until `fill_search` is through.
CREATE INDEX `job_labels_unfilled` ON `job_labels` (`job_id`) WHERE owner is null;--> statement-breakpoint
-- Written by a process of the version before.
CREATE TRIGGER `job_labels_of_earlier_versions` AFTER INSERT ON `job_labels` WHEN new.owner IS NULL BEGIN
	UPDATE job_labels SET (owner, created_at) = (SELECT owner, created_at FROM jobs WHERE id = new.job_id)
	WHERE job_id = new.job_id AND name = new.name;
END;--> statement-breakpoint
-- The texts of a job as groups of three characters, and no copy of them. The character 1 marks the end of the owner's name,
-- line feeds fill the ends up, so that a group begins with each character.
CREATE VIRTUAL TABLE `job_search` USING fts5(`text`, content='', columnsize=0, detail='none', tokenize='trigram case_sensitive 1');--> statement-breakpoint
CREATE VIRTUAL TABLE `job_search_grams` USING fts5vocab(`job_search`, 'instance');--> statement-breakpoint
CREATE TRIGGER `job_search_add` AFTER INSERT ON `job_search_rows` BEGIN
	INSERT INTO job_search (rowid, text)
	SELECT new.place, char(1) || substr(owner, -2) || char(10, 10) || search_url || char(10, 10) || search_title || char(10, 10)
	FROM jobs WHERE id = new.job_id;
END;--> statement-breakpoint
CREATE TRIGGER `job_search_new` AFTER INSERT ON `jobs` BEGIN
	INSERT INTO job_search_rows (job_id) VALUES (new.id);
END;--> statement-breakpoint
CREATE TRIGGER `job_search_change` AFTER UPDATE OF `search_title` ON `jobs` WHEN old.search_title <> new.search_title BEGIN
	INSERT INTO job_search (job_search, rowid, text)
	SELECT 'delete', place, char(1) || substr(old.owner, -2) || char(10, 10) || old.search_url || char(10, 10) || old.search_title || char(10, 10)
	FROM job_search_rows WHERE job_id = old.id;
	DELETE FROM job_search_rows WHERE job_id = old.id;
	INSERT INTO job_search_rows (job_id) VALUES (new.id);
END;--> statement-breakpoint
CREATE TRIGGER `job_search_remove` AFTER DELETE ON `jobs` BEGIN
	INSERT INTO job_search (job_search, rowid, text)
	SELECT 'delete', place, char(1) || substr(old.owner, -2) || char(10, 10) || old.search_url || char(10, 10) || old.search_title || char(10, 10)
	FROM job_search_rows WHERE job_id = old.id;
	DELETE FROM job_search_rows WHERE job_id = old.id;
END;
