CREATE TABLE "maintenance_tasks" (
	"task" text PRIMARY KEY NOT NULL,
	"holder" text NOT NULL,
	"lease_until" timestamp (3) with time zone NOT NULL,
	"status" text,
	"detail" text,
	"fix" text
);
