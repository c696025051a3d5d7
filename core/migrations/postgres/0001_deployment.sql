CREATE TABLE "deployment" (
	"id" text PRIMARY KEY NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
INSERT INTO "deployment" ("id", "created_at") VALUES ('dep_' || replace(gen_random_uuid()::text, '-', ''), now());
