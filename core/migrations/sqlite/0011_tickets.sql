CREATE TABLE `tickets` (
	`hash` text PRIMARY KEY NOT NULL,
	`owner` text NOT NULL,
	`scopes` text NOT NULL,
	`key_id` text,
	`secret_hash` text,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `tickets_expiry` ON `tickets` (`expires_at`);