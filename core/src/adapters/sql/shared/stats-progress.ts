import { sql } from "drizzle-orm";
import type { QueryBuilder, SqlConnection } from "./connection.ts";

/** The one row of the table. */
const rowId = 1;

/** How far the history was filled in, and the store's time. */
export interface StatsProgress {
  readonly cursor: string;
  readonly passes: number;
  /** Since the last time that all jobs were looked at, in milliseconds. */
  readonly sinceMs: number;
  readonly now: Date;
}

/** Takes the lock of all that counts ends, until the end of the transaction; reads how far the history was filled in. */
export async function lockProgress(db: QueryBuilder, { schema, time, lock }: SqlConnection): Promise<StatsProgress> {
  const { statsProgress } = schema;
  const read = () => {
    const now = sql`${time.now()}`.mapWith(statsProgress.passedAt);
    return lock(db.select({ row: statsProgress, now }).from(statsProgress), "wait");
  };
  const [found] = await read();
  if (found !== undefined) return toProgress(found);
  const first = { id: rowId, cursor: "", passes: 0, passedAt: sql`${time.now()}` };
  await db.insert(statsProgress).values(first).onConflictDoNothing().returning({ id: statsProgress.id });
  const [made] = await read();
  if (made === undefined) throw new Error("the row of `stats_progress` could not be made");
  return toProgress(made);
}

function toProgress(found: {
  readonly row: { readonly cursor: string; readonly passes: number; readonly passedAt: Date };
  readonly now: Date;
}): StatsProgress {
  const { cursor, passes, passedAt } = found.row;
  return { cursor, passes, sinceMs: found.now.getTime() - passedAt.getTime(), now: found.now };
}
