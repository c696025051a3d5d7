CREATE TABLE "event_attempts" (
	"topic" text NOT NULL,
	"job_id" text NOT NULL,
	"newest" integer NOT NULL,
	"over" integer NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "event_attempts_topic_job_id_pk" PRIMARY KEY("topic","job_id")
);
--> statement-breakpoint
CREATE TABLE "event_log" (
	"topic" text NOT NULL,
	"epoch" bigint NOT NULL,
	"n" bigint NOT NULL,
	"type" text NOT NULL,
	"data" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "event_log_topic_epoch_n_pk" PRIMARY KEY("topic","epoch","n")
);
--> statement-breakpoint
CREATE TABLE "event_topics" (
	"topic" text PRIMARY KEY NOT NULL,
	"epoch" bigint NOT NULL,
	"newest" bigint NOT NULL,
	"lost" bigint NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE INDEX "event_attempts_age" ON "event_attempts" USING btree ("at");--> statement-breakpoint
CREATE INDEX "event_topics_expiry" ON "event_topics" USING btree ("expires_at");--> statement-breakpoint
-- What they hold is of the last hours and need not survive the server: nothing of it goes through the write-ahead log.
ALTER TABLE "event_topics" SET UNLOGGED;--> statement-breakpoint
ALTER TABLE "event_log" SET UNLOGGED;--> statement-breakpoint
ALTER TABLE "event_attempts" SET UNLOGGED;--> statement-breakpoint
-- The row of a topic changes with each event, and no index with it: new versions of it stay on its page.
ALTER TABLE "event_topics" SET (fillfactor = 50);--> statement-breakpoint
-- Begins topics that have no log, or one that has expired, and locks the rows of all; in their order, so that two calls that
-- have topics in common wait for each other and never both.
CREATE FUNCTION "open_topics"(topics text[], idle_seconds integer) RETURNS void LANGUAGE sql SET search_path FROM CURRENT AS $$
	INSERT INTO event_topics AS old (topic, epoch, newest, lost, expires_at)
	SELECT topic, extract(epoch FROM clock_timestamp()) * 1000000, 0, 0, statement_timestamp() + idle_seconds * interval '1 second'
	FROM (SELECT DISTINCT topic FROM unnest(topics) AS given (topic)) AS given ORDER BY topic
	ON CONFLICT (topic) DO UPDATE SET
		epoch = CASE WHEN old.expires_at > statement_timestamp() THEN old.epoch ELSE greatest(excluded.epoch, old.epoch + 1) END,
		newest = CASE WHEN old.expires_at > statement_timestamp() THEN old.newest ELSE 0 END,
		lost = CASE WHEN old.expires_at > statement_timestamp() THEN old.lost ELSE 0 END,
		-- Seldom: it is in an index.
		expires_at = CASE WHEN old.expires_at > statement_timestamp() + idle_seconds * interval '0.9 seconds' THEN old.expires_at ELSE excluded.expires_at END
$$;--> statement-breakpoint
-- Ends the work on a topic of a batch that has added `kept` events to its log. Now and then it is trimmed to the newest `most`.
CREATE FUNCTION "close_topic"(log event_topics, kept integer, most integer) RETURNS void LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
	cut bigint;
BEGIN
	IF random() < 0.05 * kept THEN
		DELETE FROM event_log WHERE topic = log.topic AND epoch < log.epoch;
		SELECT n INTO cut FROM event_log WHERE topic = log.topic AND epoch = log.epoch ORDER BY n DESC OFFSET most LIMIT 1;
		IF cut IS NOT NULL THEN
			DELETE FROM event_log WHERE topic = log.topic AND epoch = log.epoch AND n <= cut;
		END IF;
	END IF;
	UPDATE event_topics SET newest = log.newest, lost = greatest(log.lost, cut) WHERE topic = log.topic;
END $$;--> statement-breakpoint
-- Appends events, and tells who listens. Each of the batch: `topic`, `type`, `data`, `job`, `attempt`, `over` (whether it says
-- that the attempt is over), `keep` (how many of the topic to keep; 0: this one is not kept, and its listeners get `data` at
-- once). Numbers grow in the order in which transactions commit, since the row of the topic stays locked until then. Returns
-- the ids in the order of the batch; of an event that was outdated that of the newest.
CREATE FUNCTION "append_events"(batch jsonb, channel text, idle_seconds integer) RETURNS text[] LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
	given record;
	log event_topics;
	mark event_attempts;
	ids text[] := '{}';
	kept integer := 0;
	most integer;
	entry text;
	news text := '';
BEGIN
	-- Notifications are committed one transaction after the other. None waits for the disk.
	PERFORM set_config('synchronous_commit', 'off', true);
	PERFORM open_topics(array(SELECT value ->> 'topic' FROM jsonb_array_elements(batch)), idle_seconds);
	FOR given IN
		SELECT value ->> 'topic' AS topic, value ->> 'type' AS type, value ->> 'data' AS data, value ->> 'job' AS job,
			(value ->> 'attempt')::integer AS attempt, (value ->> 'over')::boolean AS is_over, (value ->> 'keep')::integer AS keep, place
		FROM jsonb_array_elements(batch) WITH ORDINALITY AS item (value, place) ORDER BY 1, place
	LOOP
		IF log.topic IS DISTINCT FROM given.topic THEN
			PERFORM close_topic(log, kept, most);
			kept := 0;
			SELECT * INTO log FROM event_topics WHERE topic = given.topic;
		END IF;
		SELECT * INTO mark FROM event_attempts WHERE topic = given.topic AND job_id = given.job;
		IF given.attempt < mark.newest OR (NOT given.is_over AND given.attempt <= mark.over) THEN
			ids[given.place] := log.epoch || '-' || log.newest;
			CONTINUE;
		END IF;
		IF mark.topic IS NULL OR given.attempt > mark.newest OR (given.is_over AND given.attempt > mark.over) THEN
			INSERT INTO event_attempts AS old (topic, job_id, newest, over, at)
			VALUES (given.topic, given.job, given.attempt, CASE WHEN given.is_over THEN given.attempt ELSE given.attempt - 1 END, statement_timestamp())
			ON CONFLICT (topic, job_id) DO UPDATE SET newest = excluded.newest, over = greatest(old.over, excluded.over), at = excluded.at;
		END IF;
		log.newest := log.newest + 1;
		ids[given.place] := log.epoch || '-' || log.newest;
		IF given.keep > 0 THEN
			INSERT INTO event_log (topic, epoch, n, type, data, at)
			VALUES (given.topic, log.epoch, log.newest, given.type, given.data, clock_timestamp());
			entry := jsonb_build_array(given.topic, ids[given.place])::text;
			kept := kept + 1;
			most := given.keep;
		ELSE
			entry := jsonb_build_array(given.topic, ids[given.place], given.type, given.data)::text;
		END IF;
		-- A notification holds less than 8,000 bytes.
		IF octet_length(news) + octet_length(entry) > 7900 THEN
			PERFORM pg_notify(channel, news);
			news := '';
		END IF;
		IF octet_length(entry) <= 7900 THEN
			news := news || entry || E'\n';
		END IF;
	END LOOP;
	PERFORM close_topic(log, kept, most);
	IF news <> '' THEN
		PERFORM pg_notify(channel, news);
	END IF;
	RETURN ids;
END $$;
