CREATE TABLE `account_slots` (
	`owner` text NOT NULL,
	`kind` text NOT NULL,
	`holder` text NOT NULL,
	`held` integer NOT NULL,
	`lease_until` integer NOT NULL,
	PRIMARY KEY(`owner`, `kind`, `holder`)
);
--> statement-breakpoint
CREATE TABLE `account_usage` (
	`owner` text NOT NULL,
	`day` text NOT NULL,
	`jobs` integer NOT NULL,
	PRIMARY KEY(`owner`, `day`)
);
--> statement-breakpoint
ALTER TABLE `api_keys` ADD `previous_hash` text;--> statement-breakpoint
ALTER TABLE `api_keys` ADD `previous_until` integer;--> statement-breakpoint
ALTER TABLE `api_keys` ADD `allowed_origins` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE `api_keys` ADD `allowed_cidrs` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE `api_keys` ADD `expires_at` integer;--> statement-breakpoint
ALTER TABLE `api_keys` ADD `last_used_at` integer;--> statement-breakpoint
CREATE UNIQUE INDEX `api_keys_previous_hash` ON `api_keys` (`previous_hash`);