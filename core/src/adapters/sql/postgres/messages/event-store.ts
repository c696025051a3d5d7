import { type SQL, sql } from "drizzle-orm";
import type { EventTopic } from "../../../../jobs/event-log.ts";
import { type MessageConnections, notWaitingForDisk } from "./connections.ts";

/** An event as a row has it. */
export interface EventRow {
  readonly n: number;
  readonly type: string;
  readonly data: string;
}

/** The log of a topic, as of one moment. */
export interface TopicRow {
  readonly epoch: number;
  readonly newest: number;
  /** Number of the newest event that was trimmed. */
  readonly lost: number;
  /** What was asked for, in order. */
  readonly events: readonly EventRow[];
  /** The first of them is older than it may be. */
  readonly isAged: boolean;
}

/** An event as the function `append_events` takes it. */
export interface EventAppend {
  readonly topic: EventTopic;
  readonly type: string;
  readonly data: string;
  readonly job: string;
  readonly attempt: number;
  readonly over: boolean;
  readonly keep: number;
}

/** Names an event. */
export interface EventPlace {
  readonly topic: EventTopic;
  readonly epoch: number;
  readonly n: number;
}

export interface EventStore {
  /** Appends and announces; gives the ids in order. */
  append(events: readonly EventAppend[]): Promise<readonly string[]>;
  /** The log of a topic, with the events after a place; begins one that does not exist. */
  read(
    topic: EventTopic,
    after: Pick<EventPlace, "epoch" | "n"> | null,
    limit: number,
    longestSeconds: number,
  ): Promise<TopicRow>;
  /** The events at these places, those that are there. */
  find(places: readonly EventPlace[]): Promise<ReadonlyMap<string, EventRow>>;
  /** The newest place of each of the topics that have a log. */
  newest(topics: readonly EventTopic[]): Promise<ReadonlyMap<string, string>>;
  expire(topic: EventTopic, seconds: number): Promise<void>;
  remove(topic: EventTopic): Promise<void>;
  removeExpired(limit: number): Promise<number>;
}

type Row = Record<string, string | number | boolean | null>;

/** The name of a place in a map. */
export const keyOf = ({ topic, epoch, n }: EventPlace): string => `${epoch}-${n} ${topic}`;

/** The statements of the event log. */
export function createEventStore(connections: MessageConnections, idleSeconds: number): EventStore {
  const { pool, named } = connections;
  const [topics, log, attempts] = [named("event_topics"), named("event_log"), named("event_attempts")];
  const rows = (statement: SQL): Promise<readonly Row[]> => pool.run((db) => db.execute<Row>(statement));
  const now = sql`statement_timestamp()`;
  const seconds = (number: number): SQL => sql`${number} * interval '1 second'`;
  const listed = (values: readonly EventTopic[]): SQL =>
    sql`(select jsonb_array_elements_text(${JSON.stringify(values)}::jsonb))`;

  return {
    append: async (events) => {
      const append = sql`${named("append_events")}(${JSON.stringify(events)}::jsonb, ${connections.channel("events")}, ${idleSeconds})`;
      const [row] = await rows(sql`select array_to_string(${append}, ',') as ids`);
      return String(row?.["ids"] ?? "").split(",");
    },

    read: async (topic, after, limit, longestSeconds) => {
      const look = sql`
        select log.epoch, log.newest, log.lost, event.n, event.type, event.data,
          event.at < ${now} - ${seconds(longestSeconds)} as aged
        from ${topics} as log left join lateral (
          select n, type, data, at from ${log} where topic = log.topic and epoch = log.epoch
            and log.epoch = ${after?.epoch ?? 0} and n > ${after?.n ?? 0} order by n limit ${after === null ? 0 : limit}
        ) as event on true
        where log.topic = ${topic} and log.expires_at > ${now} order by event.n`;
      let found = await rows(look);
      if (found.length === 0) {
        await rows(sql`select ${notWaitingForDisk}, ${named("open_topics")}(array[${topic}]::text[], ${idleSeconds})`);
        found = await rows(look);
      }
      const [first] = found;
      return {
        epoch: Number(first?.["epoch"]),
        newest: Number(first?.["newest"]),
        lost: Number(first?.["lost"]),
        events: found.flatMap((row) => (row["n"] === null ? [] : [toEventRow(row)])),
        isAged: first?.["aged"] === true,
      };
    },

    find: async (places) => {
      const found = await rows(sql`
        select place.topic, place.epoch, place.n, event.type, event.data
        from jsonb_to_recordset(${JSON.stringify(places)}::jsonb) as place (topic text, epoch bigint, n bigint)
        join ${log} as event on event.topic = place.topic and event.epoch = place.epoch and event.n = place.n`);
      const placeOf = (row: Row): EventPlace => ({
        topic: String(row["topic"]) as EventTopic,
        epoch: Number(row["epoch"]),
        n: Number(row["n"]),
      });
      return new Map(found.map((row) => [keyOf(placeOf(row)), toEventRow(row)]));
    },

    newest: async (wanted) => {
      const found = await rows(sql`select topic, epoch, newest from ${topics} where topic in ${listed(wanted)}`);
      return new Map(found.map((row) => [String(row["topic"]), `${row["epoch"]}-${row["newest"]}`]));
    },

    expire: async (topic, after) => {
      await rows(sql`update ${topics} set expires_at = ${now} + ${seconds(after)} where topic = ${topic}`);
    },

    remove: async (topic) => {
      await rows(sql`
        with marks as (delete from ${attempts} where topic = ${topic}), gone as (delete from ${topics} where topic = ${topic})
        delete from ${log} where topic = ${topic}`);
    },

    removeExpired: async (limit) => {
      const [row] = await rows(sql`
        with gone as (
          select topic, epoch from ${topics} where expires_at <= ${now} order by expires_at limit ${limit} for update skip locked
        ), old as (
          select topic, job_id from ${attempts} where at < ${now} - ${seconds(idleSeconds)} order by at limit ${limit}
        ), removed as (delete from ${topics} as log using gone where log.topic = gone.topic
        ), events as (delete from ${log} as event using gone where event.topic = gone.topic and event.epoch <= gone.epoch
        ), marks as (delete from ${attempts} as mark using gone where mark.topic = gone.topic
        ), old_marks as (delete from ${attempts} as mark using old where mark.topic = old.topic and mark.job_id = old.job_id
          and mark.topic not in (select topic from gone))
        select greatest((select count(*) from gone), (select count(*) from old)) as count`);
      return Number(row?.["count"] ?? 0);
    },
  };
}

const toEventRow = (row: Row): EventRow => ({
  n: Number(row["n"]),
  type: String(row["type"]),
  data: String(row["data"]),
});
