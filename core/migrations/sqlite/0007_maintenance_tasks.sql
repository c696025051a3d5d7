CREATE TABLE `maintenance_tasks` (
	`task` text PRIMARY KEY NOT NULL,
	`holder` text NOT NULL,
	`lease_until` integer NOT NULL,
	`status` text,
	`detail` text,
	`fix` text
);
