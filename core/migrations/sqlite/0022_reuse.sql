ALTER TABLE `jobs` ADD `reuse_key` text;--> statement-breakpoint
ALTER TABLE `jobs` ADD `link_key` text;--> statement-breakpoint
ALTER TABLE `jobs` ADD `shareable` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `jobs` ADD `joined_at` integer;--> statement-breakpoint
CREATE INDEX `jobs_reuse` ON `jobs` (`owner`,`reuse_key`,`state`,`finished_at`) WHERE reuse_key is not null;--> statement-breakpoint
CREATE INDEX `jobs_shared` ON `jobs` (`reuse_key`,`finished_at`) WHERE shareable = 1;--> statement-breakpoint
CREATE INDEX `jobs_links` ON `jobs` (`owner`,`link_key`,`created_at`) WHERE link_key is not null;--> statement-breakpoint
CREATE INDEX `jobs_joined` ON `jobs` (`owner`,`reuse_key`) WHERE joined_at is not null;