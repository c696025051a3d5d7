CREATE TABLE "orphan_sightings" (
	"place" text NOT NULL,
	"name" text NOT NULL,
	"first_seen_at" timestamp (3) with time zone NOT NULL,
	"seen_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "orphan_sightings_place_name_pk" PRIMARY KEY("place","name")
);
