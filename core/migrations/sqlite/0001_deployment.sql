CREATE TABLE `deployment` (
	`id` text PRIMARY KEY NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
INSERT INTO `deployment` (`id`, `created_at`) VALUES ('dep_' || lower(hex(randomblob(16))), cast(strftime('%s', 'now') AS integer) * 1000);
