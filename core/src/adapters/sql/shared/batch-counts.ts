import { and, count, inArray, type SQL, sql } from "drizzle-orm";
import type { ChildCounts } from "../../../batches/counts.ts";
import type { JobState } from "../../../jobs/states.ts";
import type { BatchId } from "../../../runtime/ids.ts";
import type { BatchRow } from "./batch-row.ts";
import { hasBatch, unfinished } from "./conditions.ts";
import type { QueryBuilder, SqlConnection } from "./connection.ts";

/** Counts the jobs and the entries of batches. */
export async function countsOf(
  db: QueryBuilder,
  connection: SqlConnection,
  batches: readonly Pick<BatchRow, "id">[],
): Promise<ReadonlyMap<BatchId, ChildCounts>> {
  if (batches.length === 0) return new Map();
  const ids = batches.map(({ id }) => id);
  const jobs = await countedJobs(db, connection, ids);
  const entries = await countedEntries(db, connection, ids);
  return new Map(
    ids.map((id) => {
      const own = jobs.filter((row) => row.batchId === id);
      const ofState = (state: "waiting" | "skipped"): number =>
        entries.find((row) => row.batchId === id && row.state === state)?.entries ?? 0;
      const sum = (pick: (row: (typeof own)[number]) => number): number =>
        own.reduce((total, row) => total + pick(row), 0);
      return [
        id,
        {
          states: Object.fromEntries(own.map(({ state, jobs }) => [state, jobs])) as Partial<Record<JobState, number>>,
          percent: sum(({ percent }) => percent),
          downloadedBytes: sum(({ bytes }) => bytes),
          waiting: ofState("waiting"),
          skipped: ofState("skipped"),
        },
      ];
    }),
  );
}

/** Jobs by batch and state, with what they amount to. */
export function countedJobs(db: QueryBuilder, { schema: { jobs } }: SqlConnection, ids: readonly BatchId[]) {
  const figure = (name: string): SQL => sql.raw(`cast(progress ->> '${name}' as double precision)`);
  return db
    .select({
      batchId: jobs.batchId,
      state: jobs.state,
      jobs: count(),
      percent: sql`coalesce(sum(case when ${unfinished} then ${figure("percent")} end), 0)`.mapWith(Number),
      bytes: sql`coalesce(sum(${figure("downloadedBytes")}), 0)`.mapWith(Number),
    })
    .from(jobs)
    .where(and(hasBatch, inArray(jobs.batchId, [...ids])))
    .groupBy(jobs.batchId, jobs.state);
}

function countedEntries(db: QueryBuilder, { schema: { batchEntries } }: SqlConnection, ids: readonly BatchId[]) {
  return db
    .select({ batchId: batchEntries.batchId, state: batchEntries.state, entries: count() })
    .from(batchEntries)
    .where(and(inArray(batchEntries.batchId, [...ids]), inArray(batchEntries.state, ["waiting", "skipped"])))
    .groupBy(batchEntries.batchId, batchEntries.state);
}
