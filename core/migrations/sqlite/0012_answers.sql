CREATE TABLE `idempotency` (
	`owner` text NOT NULL,
	`operation` text NOT NULL,
	`key_hash` text NOT NULL,
	`fingerprint` text NOT NULL,
	`answer` text,
	`holder` text NOT NULL,
	`held_until` integer NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`owner`, `operation`, `key_hash`)
);
--> statement-breakpoint
CREATE INDEX `idempotency_age` ON `idempotency` (`created_at`);--> statement-breakpoint
ALTER TABLE `jobs` ADD `request_id` text;--> statement-breakpoint
CREATE INDEX `jobs_owner_finished` ON `jobs` (`owner`,`state`,`finished_at`,`id`) WHERE finished_at is not null;--> statement-breakpoint
CREATE INDEX `jobs_owner_code` ON `jobs` (`owner`,(error ->> 'code'),`created_at`,`id`) WHERE error is not null;--> statement-breakpoint
CREATE INDEX `jobs_keyed` ON `jobs` (`created_at`) WHERE idempotency_key is not null;