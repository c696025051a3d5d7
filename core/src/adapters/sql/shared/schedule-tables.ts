import type { BatchRequest } from "../../../batches/batch-request.ts";
import type { DownloadRequest } from "../../../jobs/request.ts";
import type { ScheduleId } from "../../../runtime/ids.ts";
import type { ScheduleResult, ScheduleState } from "../../../schedules/schedule.ts";
import type { ColumnKit } from "./column-kit.ts";
import { hasNextRun } from "./conditions.ts";

/** The tables of schedules, and what each has taken already. */
export function scheduleTables(kit: ColumnKit) {
  const schedules = kit.table(
    "schedules",
    {
      id: kit.text("id").$type<ScheduleId>().primaryKey(),
      owner: kit.text("owner").notNull(),
      name: kit.text("name").notNull(),
      state: kit.text("state").$type<ScheduleState>().notNull(),
      runAt: kit.time("run_at"),
      cron: kit.text("cron"),
      timeZone: kit.text("time_zone").notNull(),
      /** What the JSON columns of this row are written in; see `requestSchemaVersion`. */
      schemaVersion: kit.integer("schema_version").notNull(),
      download: kit.json<DownloadRequest>("download"),
      batch: kit.json<BatchRequest>("batch"),
      /** 0: it takes also what it has taken before. */
      onlyNew: kit.integer("only_new").notNull().default(1),
      nextRunAt: kit.time("next_run_at"),
      lastRunAt: kit.time("last_run_at"),
      lastDueAt: kit.time("last_due_at"),
      lastResult: kit.json<ScheduleResult>("last_result"),
      feedTokenHash: kit.text("feed_token_hash"),
      feedFileHash: kit.text("feed_file_hash"),
      feedCreatedAt: kit.time("feed_created_at"),
      createdAt: kit.time("created_at").notNull(),
      updatedAt: kit.time("updated_at").notNull(),
    },
    (table) => [
      kit.index("schedules_newest").on(table.createdAt, table.id),
      kit.index("schedules_owner_newest").on(table.owner, table.createdAt, table.id),
      kit.index("schedules_owner_state").on(table.owner, table.state, table.createdAt, table.id),
      kit.index("schedules_due").on(table.nextRunAt, table.id).where(hasNextRun),
      kit.index("schedules_last_run").on(table.lastRunAt).where(hasNextRun),
    ],
  );
  /** What of its collections a schedule has taken; noted before the job of it is made. */
  const scheduleArchive = kit.table(
    "schedule_archive",
    {
      scheduleId: kit.text("schedule_id").$type<ScheduleId>().notNull(),
      extractor: kit.text("extractor").notNull(),
      mediaId: kit.text("media_id").notNull(),
      takenAt: kit.time("taken_at").notNull(),
    },
    (table) => [kit.primaryKey({ columns: [table.scheduleId, table.extractor, table.mediaId] })],
  );
  return { schedules, scheduleArchive };
}
