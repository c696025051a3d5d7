CREATE TABLE `orphan_sightings` (
	`place` text NOT NULL,
	`name` text NOT NULL,
	`first_seen_at` integer NOT NULL,
	`seen_at` integer NOT NULL,
	PRIMARY KEY(`place`, `name`)
);
