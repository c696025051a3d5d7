CREATE TABLE `egresses` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`pool` text,
	`enabled` integer NOT NULL,
	`proxy` text,
	`cookies` text,
	`cookies_version` integer NOT NULL,
	`cookies_checked_at` integer,
	`cookies_valid` integer,
	`cookies_use` text NOT NULL,
	`resolves_per_hour` integer,
	`spacing_ms` integer NOT NULL,
	`hosts` text NOT NULL,
	`condition` text NOT NULL,
	`version` integer NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `egresses_name` ON `egresses` (`name`);--> statement-breakpoint
ALTER TABLE `jobs` ADD `waiting` text;