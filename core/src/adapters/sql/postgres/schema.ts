import { bigint, customType, index, integer, PgSchema, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { postgresKit } from "../shared/column-kit.ts";
import { makeSchema, type Schema } from "../shared/schema.ts";

/** PostgreSQL's tables without a schema's name; drizzle-kit makes the migrations from them, which run in any schema. */
export const {
  jobs,
  jobLabels,
  blobs,
  artifacts,
  outbox,
  apiKeys,
  accounts,
  accountUsage,
  accountSlots,
  tickets,
  idempotency,
  deployment,
  pulse,
  dispatchTurns,
  maintenanceTasks,
  history,
  stats,
  statsProgress,
  auditLog,
  workers,
  engineChoice,
  webhooks,
  webhookSecrets,
  webhookDeliveries,
  batches,
  batchEntries,
  schedules,
  scheduleArchive,
  egresses,
  looks,
  orphanSightings,
} = makeSchema(postgresKit);

const tsvector = customType<{ data: string }>({ dataType: () => "tsvector" });

/**
 * What a job is found by. A table beside `jobs`, so that heartbeats write nothing to its index, which costs more than all
 * the others. Triggers keep it up to date; see the migration `search`.
 */
export const jobSearch = pgTable(
  "job_search",
  {
    jobId: text("job_id")
      .primaryKey()
      .references(() => jobs.id, { onDelete: "cascade" }),
    grams: tsvector("grams").notNull(),
  },
  (table) => [index("job_search_grams").using("gin", table.grams)],
);

/**
 * The logs of events, for processes that share nothing but this database; see `messages/event-log.ts`. All three tables are
 * unlogged: a log need not survive its server. One row is a topic: its events are numbered in the order in which its row was locked.
 */
export const eventTopics = pgTable(
  "event_topics",
  {
    topic: text("topic").primaryKey(),
    /** When the log was begun, in microseconds since 1970: the first number of its ids. */
    epoch: bigint("epoch", { mode: "number" }).notNull(),
    /** Number of the newest event, kept or not. */
    newest: bigint("newest", { mode: "number" }).notNull(),
    /** Number of the newest event that was trimmed. */
    lost: bigint("lost", { mode: "number" }).notNull(),
    expiresAt: postgresKit.time("expires_at").notNull(),
  },
  (table) => [index("event_topics_expiry").on(table.expiresAt)],
);

/** The events that are kept. Those of another epoch than their topic's belong to a log that is gone. */
export const eventLog = pgTable(
  "event_log",
  {
    topic: text("topic").notNull(),
    epoch: bigint("epoch", { mode: "number" }).notNull(),
    n: bigint("n", { mode: "number" }).notNull(),
    type: text("type").notNull(),
    data: text("data").notNull(),
    at: postgresKit.time("at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.topic, table.epoch, table.n] })],
);

/** Of each job in a topic, the newest attempt that was seen and the newest that is known to be over: what comes late is dropped. */
export const eventAttempts = pgTable(
  "event_attempts",
  {
    topic: text("topic").notNull(),
    jobId: text("job_id").notNull(),
    newest: integer("newest").notNull(),
    over: integer("over").notNull(),
    at: postgresKit.time("at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.topic, table.jobId] }), index("event_attempts_age").on(table.at)],
);

/** Links that an API asks the workers about; unlogged, see `messages/question-board.ts`. A row lives while its asker looks at it. */
export const probeQuestions = pgTable(
  "probe_questions",
  {
    id: text("id").primaryKey(),
    question: text("question").notNull(),
    /** The API key it is for. */
    holder: text("holder").notNull(),
    askedAt: postgresKit.time("asked_at").notNull(),
    askedUntil: postgresKit.time("asked_until").notNull(),
    takenBy: text("taken_by"),
    takenUntil: postgresKit.time("taken_until"),
    answer: text("answer"),
  },
  (table) => [index("probe_questions_order").on(table.askedAt)],
);

/** How often something happened within a window, over all processes; unlogged, see `messages/rate-counter.ts`. */
export const rateCounts = pgTable(
  "rate_counts",
  {
    name: text("name").notNull(),
    key: text("key").notNull(),
    n: bigint("n", { mode: "number" }).notNull(),
    /** End of the window; after it the row counts for nothing. */
    until: postgresKit.time("until").notNull(),
  },
  (table) => [primaryKey({ columns: [table.name, table.key] }), index("rate_counts_expiry").on(table.until)],
);

/** The tables in this schema. Queries name it, so that they depend on no `search_path`, which poolers do not keep. */
export function tablesIn(schemaName: string): Schema {
  // Drizzle's types keep the name of the schema, which is of no interest here.
  const table = new PgSchema(schemaName).table as unknown as typeof postgresKit.table;
  return makeSchema({ ...postgresKit, table });
}
