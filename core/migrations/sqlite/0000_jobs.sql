CREATE TABLE `api_keys` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`owner` text NOT NULL,
	`scopes` text NOT NULL,
	`hash` text NOT NULL,
	`last_four` text NOT NULL,
	`created_at` integer NOT NULL,
	`revoked_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `api_keys_hash` ON `api_keys` (`hash`);--> statement-breakpoint
CREATE TABLE `job_labels` (
	`job_id` text NOT NULL,
	`name` text NOT NULL,
	`value` text NOT NULL,
	PRIMARY KEY(`job_id`, `name`),
	FOREIGN KEY (`job_id`) REFERENCES `jobs`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `job_labels_value` ON `job_labels` (`name`,`value`,`job_id`);--> statement-breakpoint
CREATE TABLE `jobs` (
	`id` text PRIMARY KEY NOT NULL,
	`owner` text NOT NULL,
	`state` text NOT NULL,
	`stage` text,
	`schema_version` integer NOT NULL,
	`request` text NOT NULL,
	`progress` text NOT NULL,
	`media` text,
	`artifacts` text NOT NULL,
	`artifact_count` integer NOT NULL,
	`warnings` text NOT NULL,
	`error` text,
	`labels` text NOT NULL,
	`engine` text,
	`attempt` integer NOT NULL,
	`failures` integer NOT NULL,
	`lost_workers` integer NOT NULL,
	`max_attempts` integer NOT NULL,
	`priority` text NOT NULL,
	`rank` integer NOT NULL,
	`offered_at` integer NOT NULL,
	`next_attempt_at` integer,
	`worker` text,
	`host` text,
	`lease_until` integer,
	`idempotency_key` text,
	`idempotency_fingerprint` text,
	`search_url` text NOT NULL,
	`search_title` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`scheduled_for` integer,
	`started_at` integer,
	`finished_at` integer,
	`expires_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `jobs_idempotency` ON `jobs` (`owner`,`idempotency_key`);--> statement-breakpoint
CREATE INDEX `jobs_newest` ON `jobs` (`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `jobs_owner_newest` ON `jobs` (`owner`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `jobs_owner_state` ON `jobs` (`owner`,`state`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `jobs_queue` ON `jobs` (`rank`,`id`) WHERE state = 'queued';--> statement-breakpoint
CREATE INDEX `jobs_unoffered` ON `jobs` (`offered_at`) WHERE state = 'queued';--> statement-breakpoint
CREATE INDEX `jobs_leases` ON `jobs` (`lease_until`) WHERE state = 'running';--> statement-breakpoint
CREATE INDEX `jobs_workers` ON `jobs` (`host`,`worker`) WHERE state = 'running';--> statement-breakpoint
CREATE INDEX `jobs_scheduled` ON `jobs` (`scheduled_for`) WHERE state = 'scheduled';--> statement-breakpoint
CREATE INDEX `jobs_expiry` ON `jobs` (`expires_at`) WHERE artifact_count > 0;