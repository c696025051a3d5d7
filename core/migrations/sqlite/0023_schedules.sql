CREATE TABLE `schedule_archive` (
	`schedule_id` text NOT NULL,
	`extractor` text NOT NULL,
	`media_id` text NOT NULL,
	`job_id` text NOT NULL,
	`taken_at` integer NOT NULL,
	PRIMARY KEY(`schedule_id`, `extractor`, `media_id`)
);
--> statement-breakpoint
CREATE TABLE `schedules` (
	`id` text PRIMARY KEY NOT NULL,
	`owner` text NOT NULL,
	`name` text NOT NULL,
	`state` text NOT NULL,
	`run_at` integer,
	`cron` text,
	`time_zone` text NOT NULL,
	`schema_version` integer NOT NULL,
	`download` text,
	`batch` text,
	`only_new` integer DEFAULT 1 NOT NULL,
	`next_run_at` integer,
	`last_run_at` integer,
	`last_due_at` integer,
	`last_result` text,
	`feed_token_hash` text,
	`feed_file_hash` text,
	`feed_created_at` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `schedules_newest` ON `schedules` (`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `schedules_owner_newest` ON `schedules` (`owner`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `schedules_owner_state` ON `schedules` (`owner`,`state`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `schedules_due` ON `schedules` (`next_run_at`,`id`) WHERE next_run_at is not null;--> statement-breakpoint
CREATE INDEX `schedules_last_run` ON `schedules` (`last_run_at`) WHERE next_run_at is not null;