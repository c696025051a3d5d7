CREATE TABLE `pulse` (
	`id` integer PRIMARY KEY NOT NULL,
	`seen_at` integer NOT NULL,
	`steady_since` integer NOT NULL
);
--> statement-breakpoint
ALTER TABLE `jobs` ADD `alone` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `jobs_alone` ON `jobs` (`rank`,`id`) WHERE state = 'queued' and alone = 1;