import type { BatchState, Checkpoint, SkipReason } from "../../../batches/batch.ts";
import type { BatchSource } from "../../../batches/batch-request.ts";
import type { JobError } from "../../../jobs/job.ts";
import type { BatchId, ScheduleId } from "../../../runtime/ids.ts";
import type { ColumnKit } from "./column-kit.ts";
import { isExpanding, isRunning, madeBySchedule } from "./conditions.ts";

/** What has become of an entry. */
export type EntryState = "waiting" | "made" | "skipped";

/** The tables of batches and their entries. */
export function batchTables(kit: ColumnKit) {
  const batches = kit.table(
    "batches",
    {
      id: kit.text("id").$type<BatchId>().primaryKey(),
      owner: kit.text("owner").notNull(),
      state: kit.text("state").$type<BatchState>().notNull(),
      title: kit.text("title"),
      source: kit.json<BatchSource>("source"),
      /** What the request is written in; see `requestSchemaVersion`. */
      schemaVersion: kit.integer("schema_version").notNull(),
      request: kit.json<unknown>("request").notNull(),
      labels: kit.json<Readonly<Record<string, string>>>("labels").notNull(),
      maxAttempts: kit.integer("max_attempts").notNull(),
      scheduleId: kit.text("schedule_id").$type<ScheduleId>(),
      onlyNew: kit.integer("only_new").notNull(),
      error: kit.json<JobError>("error"),
      expansion: kit.integer("expansion").notNull(),
      checkpoint: kit.json<Checkpoint>("checkpoint").notNull(),
      failures: kit.integer("failures").notNull(),
      /** When its expansion is to go on: the end of the lease while somebody holds it. */
      dueAt: kit.time("due_at").notNull(),
      requestId: kit.text("request_id"),
      traceparent: kit.text("traceparent"),
      createdAt: kit.time("created_at").notNull(),
      updatedAt: kit.time("updated_at").notNull(),
      finishedAt: kit.time("finished_at"),
    },
    (table) => [
      kit.index("batches_newest").on(table.createdAt, table.id),
      kit.index("batches_owner_newest").on(table.owner, table.createdAt, table.id),
      kit.index("batches_schedule_newest").on(table.scheduleId, table.createdAt, table.id).where(madeBySchedule),
      kit.index("batches_expanding").on(table.dueAt).where(isExpanding),
      kit.index("batches_running").on(table.createdAt).where(isRunning),
    ],
  );
  /** What a batch is to make jobs of, and what it has: one row a key, so that none is made twice. */
  const batchEntries = kit.table(
    "batch_entries",
    {
      batchId: kit
        .text("batch_id")
        .$type<BatchId>()
        .notNull()
        .references(() => batches.id, { onDelete: "cascade" }),
      key: kit.text("key").notNull(),
      position: kit.integer("position").notNull(),
      state: kit.text("state").$type<EntryState>().notNull(),
      url: kit.text("url").notNull(),
      title: kit.text("title"),
      skipped: kit.json<SkipReason>("skipped"),
    },
    (table) => [
      kit.primaryKey({ columns: [table.batchId, table.key] }),
      kit.index("batch_entries_state").on(table.batchId, table.state, table.position),
    ],
  );
  return { batches, batchEntries };
}
