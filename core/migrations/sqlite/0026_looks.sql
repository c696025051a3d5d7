CREATE TABLE `looks` (
	`key` text NOT NULL,
	`shelf` text NOT NULL,
	`owner` text NOT NULL,
	`egress` text NOT NULL,
	`sealed` text NOT NULL,
	`made_at` integer NOT NULL,
	`kept_until` integer NOT NULL,
	PRIMARY KEY(`key`, `shelf`)
);
--> statement-breakpoint
CREATE INDEX `looks_newest` ON `looks` (`made_at`);--> statement-breakpoint
CREATE INDEX `looks_owner` ON `looks` (`owner`);