CREATE TABLE "job_search" (
	"job_id" text PRIMARY KEY NOT NULL,
	"grams" "tsvector" NOT NULL
);
--> statement-breakpoint
DROP INDEX "job_labels_value";--> statement-breakpoint
ALTER TABLE "job_labels" ADD COLUMN "owner" text;--> statement-breakpoint
ALTER TABLE "job_labels" ADD COLUMN "created_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "job_search" ADD CONSTRAINT "job_search_job_id_jobs_id_fk" FOREIGN KEY ("job_id") REFERENCES "public"."jobs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "job_search_grams" ON "job_search" USING gin ("grams");--> statement-breakpoint
-- Until `fill_search` is through: fewer and larger merges, for which migrations have the memory.
ALTER INDEX "job_search_grams" SET (gin_pending_list_limit = 32768);--> statement-breakpoint
CREATE INDEX "job_labels_newest" ON "job_labels" USING btree ("name","value","owner","created_at","job_id");--> statement-breakpoint
-- Until `fill_search` is through.
CREATE INDEX "job_labels_unfilled" ON "job_labels" ("job_id") WHERE owner IS NULL;--> statement-breakpoint
-- Written by a process of the version before.
CREATE FUNCTION "fill_job_label"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
	SELECT owner, created_at INTO new.owner, new.created_at FROM jobs WHERE id = new.job_id;
	RETURN new;
END $$;--> statement-breakpoint
CREATE TRIGGER "job_labels_of_earlier_versions" BEFORE INSERT ON "job_labels" FOR EACH ROW WHEN (new.owner IS NULL)
	EXECUTE FUNCTION "fill_job_label"();--> statement-breakpoint
-- The texts of a job as groups of three characters, and its owner behind the character 1. At their ends the groups are
-- shorter, so that one begins with each character. Needs no extension, which a database's user may not be allowed to add.
CREATE FUNCTION "search_grams"(owner text, url text, title text) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
	chars text[] := string_to_array(url || E'\n\n' || title, null);
BEGIN
	RETURN array_to_tsvector(array(
		SELECT a || coalesce(b, '') || coalesce(c, '') FROM unnest(chars, chars[2:], chars[3:]) AS gram (a, b, c)
	) || (chr(1) || left(owner, 500)));
END $$;--> statement-breakpoint
CREATE FUNCTION "add_to_search"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
	INSERT INTO job_search (job_id, grams) SELECT id, search_grams(owner, search_url, search_title) FROM added;
	RETURN null;
END $$;--> statement-breakpoint
CREATE TRIGGER "job_search_new" AFTER INSERT ON "jobs" REFERENCING NEW TABLE AS added FOR EACH STATEMENT
	EXECUTE FUNCTION "add_to_search"();--> statement-breakpoint
CREATE FUNCTION "change_in_search"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
	INSERT INTO job_search (job_id, grams) VALUES (new.id, search_grams(new.owner, new.search_url, new.search_title))
	ON CONFLICT (job_id) DO UPDATE SET grams = excluded.grams;
	RETURN null;
END $$;--> statement-breakpoint
CREATE TRIGGER "job_search_change" AFTER UPDATE OF "search_title" ON "jobs" FOR EACH ROW
	WHEN (old.search_title IS DISTINCT FROM new.search_title) EXECUTE FUNCTION "change_in_search"();
