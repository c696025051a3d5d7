import type { ErrorCode } from "../../../errors/codes.ts";
import type { JobId } from "../../../runtime/ids.ts";
import type { EndedJob } from "../../../stats/ended-job.ts";
import type { Histogram } from "../../../stats/histogram.ts";
import type { Grain } from "../../../stats/periods.ts";
import type { Dimension } from "../../../stats/roll-up.ts";
import type { ColumnKit } from "./column-kit.ts";
import { notCounted, ownersTotals } from "./conditions.ts";

/** The tables of the history and of the statistics. */
export function statsTables(kit: ColumnKit) {
  /** Every end of every job; see `History`. It names no job by reference, because it outlives them. */
  const history = kit.table(
    "history",
    {
      jobId: kit.text("job_id").$type<JobId>().notNull(),
      endedAt: kit.time("ended_at").notNull(),
      owner: kit.text("owner").notNull(),
      state: kit.text("state").$type<EndedJob["state"]>().notNull(),
      code: kit.text("code").$type<ErrorCode>(),
      url: kit.text("url"),
      title: kit.text("title"),
      labels: kit.json<Readonly<Record<string, string>>>("labels"),
      host: kit.text("host").notNull(),
      output: kit.text("output").$type<EndedJob["output"]>().notNull(),
      files: kit.integer("files").notNull(),
      bytes: kit.bytes("bytes").notNull(),
      attempts: kit.integer("attempts").notNull(),
      createdAt: kit.time("created_at").notNull(),
      startedAt: kit.time("started_at"),
      /** 1: it is in the statistics. */
      counted: kit.integer("counted").notNull(),
    },
    (table) => [
      kit.primaryKey({ columns: [table.jobId, table.endedAt] }),
      kit.index("history_newest").on(table.endedAt, table.jobId),
      kit.index("history_owner_newest").on(table.owner, table.endedAt, table.jobId),
      kit.index("history_not_counted").on(table.endedAt).where(notCounted),
    ],
  );
  /** Sums over the history; see `Stats`. */
  const stats = kit.table(
    "stats",
    {
      grain: kit.text("grain").$type<Grain>().notNull(),
      dimension: kit.text("dimension").$type<Dimension>().notNull(),
      /** 1: of every owner. */
      everybody: kit.integer("everybody").notNull(),
      owner: kit.text("owner").notNull(),
      start: kit.time("start").notNull(),
      value: kit.text("value").notNull(),
      count: kit.bytes("count").notNull(),
      bytes: kit.bytes("bytes").notNull(),
      timed: kit.bytes("timed").notNull(),
      runMs: kit.bytes("run_ms").notNull(),
      histogram: kit.json<Histogram>("histogram").notNull(),
    },
    (table) => [
      kit.primaryKey({
        name: "stats_pk",
        columns: [table.grain, table.dimension, table.everybody, table.owner, table.start, table.value],
      }),
      kit.index("stats_owners").on(table.grain, table.start).where(ownersTotals),
    ],
  );
  /** One row, which whoever counts locks: how far the history was filled in from jobs that ended before it was kept. */
  const statsProgress = kit.table("stats_progress", {
    id: kit.integer("id").primaryKey(),
    /** The last job that was looked at. */
    cursor: kit.text("cursor").notNull(),
    /** How often all jobs were looked at, and when the last time was. */
    passes: kit.integer("passes").notNull(),
    passedAt: kit.time("passed_at").notNull(),
  });
  return { history, stats, statsProgress };
}
