CREATE TABLE `engine_choice` (
	`id` integer PRIMARY KEY NOT NULL,
	`revision` integer NOT NULL,
	`choice` text NOT NULL
);
