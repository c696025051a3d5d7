CREATE TABLE `batch_entries` (
	`batch_id` text NOT NULL,
	`key` text NOT NULL,
	`position` integer NOT NULL,
	`state` text NOT NULL,
	`url` text NOT NULL,
	`title` text,
	`skipped` text,
	PRIMARY KEY(`batch_id`, `key`),
	FOREIGN KEY (`batch_id`) REFERENCES `batches`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `batch_entries_state` ON `batch_entries` (`batch_id`,`state`,`position`);--> statement-breakpoint
CREATE TABLE `batches` (
	`id` text PRIMARY KEY NOT NULL,
	`owner` text NOT NULL,
	`state` text NOT NULL,
	`title` text,
	`source` text,
	`schema_version` integer NOT NULL,
	`request` text NOT NULL,
	`labels` text NOT NULL,
	`max_attempts` integer NOT NULL,
	`schedule_id` text,
	`only_new` integer NOT NULL,
	`error` text,
	`expansion` integer NOT NULL,
	`checkpoint` text NOT NULL,
	`failures` integer NOT NULL,
	`due_at` integer NOT NULL,
	`request_id` text,
	`traceparent` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`finished_at` integer
);
--> statement-breakpoint
CREATE INDEX `batches_newest` ON `batches` (`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `batches_owner_newest` ON `batches` (`owner`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `batches_schedule_newest` ON `batches` (`schedule_id`,`created_at`,`id`) WHERE schedule_id is not null;--> statement-breakpoint
CREATE INDEX `batches_expanding` ON `batches` (`due_at`) WHERE state = 'expanding';--> statement-breakpoint
CREATE INDEX `batches_running` ON `batches` (`created_at`) WHERE state = 'running';