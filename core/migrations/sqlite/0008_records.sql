CREATE TABLE `audit_log` (
	`id` text PRIMARY KEY NOT NULL,
	`at` integer NOT NULL,
	`action` text NOT NULL,
	`via` text NOT NULL,
	`actor` text,
	`key_id` text,
	`request_id` text,
	`subject` text,
	`owner` text,
	`detail` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `audit_newest` ON `audit_log` (`at`,`id`);--> statement-breakpoint
CREATE INDEX `audit_action` ON `audit_log` (`action`,`at`,`id`);--> statement-breakpoint
CREATE INDEX `audit_subject` ON `audit_log` (`subject`,`at`,`id`);--> statement-breakpoint
CREATE INDEX `audit_key` ON `audit_log` (`key_id`,`at`,`id`);--> statement-breakpoint
CREATE TABLE `history` (
	`job_id` text NOT NULL,
	`ended_at` integer NOT NULL,
	`owner` text NOT NULL,
	`state` text NOT NULL,
	`code` text,
	`url` text,
	`title` text,
	`labels` text,
	`host` text NOT NULL,
	`output` text NOT NULL,
	`files` integer NOT NULL,
	`bytes` integer NOT NULL,
	`attempts` integer NOT NULL,
	`created_at` integer NOT NULL,
	`started_at` integer,
	`counted` integer NOT NULL,
	PRIMARY KEY(`job_id`, `ended_at`)
);
--> statement-breakpoint
CREATE INDEX `history_newest` ON `history` (`ended_at`,`job_id`);--> statement-breakpoint
CREATE INDEX `history_owner_newest` ON `history` (`owner`,`ended_at`,`job_id`);--> statement-breakpoint
CREATE INDEX `history_not_counted` ON `history` (`ended_at`) WHERE counted = 0;--> statement-breakpoint
CREATE TABLE `stats` (
	`grain` text NOT NULL,
	`dimension` text NOT NULL,
	`everybody` integer NOT NULL,
	`owner` text NOT NULL,
	`start` integer NOT NULL,
	`value` text NOT NULL,
	`count` integer NOT NULL,
	`bytes` integer NOT NULL,
	`timed` integer NOT NULL,
	`run_ms` integer NOT NULL,
	`histogram` text NOT NULL,
	PRIMARY KEY(`grain`, `dimension`, `everybody`, `owner`, `start`, `value`)
);
--> statement-breakpoint
CREATE INDEX `stats_owners` ON `stats` (`grain`,`start`) WHERE dimension = 'total' and everybody = 0;--> statement-breakpoint
CREATE TABLE `stats_progress` (
	`id` integer PRIMARY KEY NOT NULL,
	`cursor` text NOT NULL,
	`passes` integer NOT NULL,
	`passed_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `workers` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`host` text NOT NULL,
	`pid` integer NOT NULL,
	`version` text NOT NULL,
	`engine` text NOT NULL,
	`concurrency` integer NOT NULL,
	`standalone` integer NOT NULL,
	`draining` integer NOT NULL,
	`drain_requested_at` integer,
	`started_at` integer NOT NULL,
	`seen_at` integer NOT NULL,
	`ended_at` integer
);
