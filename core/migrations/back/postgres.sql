-- Takes the tables in the schema vidferry back to the first version, which had them in public: see docs/administration.md, Going back.
BEGIN;
ALTER TABLE vidferry.jobs SET SCHEMA public;
ALTER TABLE vidferry.job_labels SET SCHEMA public;
ALTER TABLE vidferry.api_keys SET SCHEMA public;
-- What the upgrade left there says only that the tables were moved.
DROP TABLE IF EXISTS public.vidferry_migrations;
ALTER TABLE vidferry.vidferry_migrations SET SCHEMA public;
-- With the functions go the triggers.
DROP SCHEMA vidferry CASCADE;
DROP INDEX public.jobs_owner_finished, public.jobs_owner_code, public.jobs_keyed, public.jobs_ready, public.jobs_ready_alone, public.jobs_pausing;
CREATE INDEX jobs_queue ON public.jobs (rank, id) WHERE state = 'queued';
ALTER TABLE public.jobs DROP COLUMN alone, DROP COLUMN request_id, DROP COLUMN traceparent, DROP COLUMN batch_id,
  DROP COLUMN schedule_id, DROP COLUMN reused_from, DROP COLUMN finish_asked_at, DROP COLUMN reuse_key,
  DROP COLUMN link_key, DROP COLUMN shareable, DROP COLUMN joined_at, DROP COLUMN waiting;
DROP INDEX public.jobs_dead_letters;
ALTER TABLE public.job_labels DROP COLUMN owner, DROP COLUMN created_at;
ALTER TABLE public.api_keys DROP COLUMN previous_hash, DROP COLUMN previous_until, DROP COLUMN allowed_origins,
  DROP COLUMN allowed_cidrs, DROP COLUMN expires_at, DROP COLUMN last_used_at;
CREATE INDEX job_labels_value ON public.job_labels (name, value, job_id);
DELETE FROM public.vidferry_migrations WHERE version > (SELECT min(version) FROM public.vidferry_migrations);
COMMIT;
