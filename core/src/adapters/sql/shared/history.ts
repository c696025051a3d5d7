import { and, asc, desc, eq, gt, gte, inArray, lt, lte, type SQL, sql } from "drizzle-orm";
import type { Job } from "../../../jobs/job.ts";
import { storableText, storableTime, storedCopy } from "../../../jobs/rules/storable.ts";
import type { JobId } from "../../../runtime/ids.ts";
import { type EndedJob, endedJob } from "../../../stats/ended-job.ts";
import {
  type History,
  type HistoryQuery,
  secondBackfillAfterMs,
  secondBackfillWindowMs,
} from "../../../stats/history.ts";
import type { OpenConnection, QueryBuilder, SqlConnection } from "./connection.ts";
import { toJob } from "./job-row.ts";
import type { Schema } from "./schema.ts";
import { lockProgress } from "./stats-progress.ts";

type HistoryRow = Schema["history"]["$inferSelect"];

/** The history over SQL: one implementation for both dialects. */
export function createSqlHistory(open: OpenConnection): History {
  return {
    list: async (query) => {
      const connection = await open();
      const rows = await connection.read((db) => historyPage(db, connection, query), query.owner ?? "");
      return rows.map(toEndedJob);
    },

    prune: async (olderThanMs, limit) => {
      const { schema, time, write } = await open();
      const { history } = schema;
      const rows = await write((db) => {
        const old = db
          .select({ endedAt: history.endedAt, jobId: history.jobId })
          .from(history)
          .where(and(lte(history.endedAt, time.plus(time.now(), -olderThanMs)), eq(history.counted, 1)))
          .orderBy(asc(history.endedAt), asc(history.jobId))
          .limit(limit);
        return db
          .delete(history)
          .where(sql`(${history.endedAt}, ${history.jobId}) in ${old}`)
          .returning({ jobId: history.jobId });
      });
      return rows.length;
    },

    backfill: async (limit) => {
      const connection = await open();
      return await connection.transaction(async (db) => {
        const progress = await lockProgress(db, connection);
        if (progress.passes > 1 || (progress.passes === 1 && progress.sinceMs < secondBackfillAfterMs)) return "done";
        const page = await jobsAfter(db, connection, progress.cursor, limit);
        const ended = page.map(toJob);
        const recent = ({ finishedAt }: Job): boolean =>
          finishedAt !== null && progress.now.getTime() - finishedAt.getTime() < secondBackfillWindowMs;
        await writeHistory(db, connection, progress.passes === 0 ? ended : ended.filter(recent));
        const last = page.at(-1);
        const { statsProgress } = connection.schema;
        const isOver = last === undefined || page.length < limit;
        const changes = isOver
          ? { cursor: "", passes: progress.passes + 1, passedAt: sql`${connection.time.now()}` }
          : { cursor: last.id };
        await db.update(statsProgress).set(changes).returning({ id: statsProgress.id });
        return isOver ? "done" : "more";
      });
    },
  };
}

/** Writes what the history keeps of jobs that have just ended. Part of the transaction that ends them. */
export async function writeHistory(
  db: QueryBuilder,
  { schema: { history } }: SqlConnection,
  ended: readonly Job[],
): Promise<void> {
  const ends = ended.flatMap((job) => endedJob(job) ?? []).map(toRow);
  if (ends.length === 0) return;
  await db.insert(history).values(ends).onConflictDoNothing().returning({ jobId: history.jobId });
}

/** Removes what the history of deleted jobs tells of a person. Part of the transaction that deletes them. */
export async function forgetPerson(
  db: QueryBuilder,
  { schema: { history } }: SqlConnection,
  ids: readonly JobId[],
): Promise<void> {
  if (ids.length === 0) return;
  const nothing = { url: null, title: null, labels: null };
  await db
    .update(history)
    .set(nothing)
    .where(inArray(history.jobId, [...ids]))
    .returning({ jobId: history.jobId });
}

/** A page of the history, the latest end first. */
export function historyPage(db: QueryBuilder, { schema, time }: SqlConnection, query: HistoryQuery) {
  const { history } = schema;
  const { owner, from, to, after } = query;
  return db
    .select()
    .from(history)
    .where(
      and(
        owner === null ? undefined : eq(history.owner, storableText(owner)),
        from && gte(history.endedAt, time.at(storableTime(from))),
        to && lt(history.endedAt, time.at(storableTime(to))),
        after &&
          sql`(${history.endedAt}, ${history.jobId}) < (${time.at(storableTime(after.endedAt))}, ${after.jobId})`,
      ),
    )
    .orderBy(desc(history.endedAt), desc(history.jobId))
    .limit(query.limit);
}

function jobsAfter(db: QueryBuilder, { schema: { jobs } }: SqlConnection, cursor: string, limit: number) {
  const isLater: SQL | undefined = cursor === "" ? undefined : gt(jobs.id, cursor as JobId);
  return db.select().from(jobs).where(isLater).orderBy(asc(jobs.id)).limit(limit);
}

/** An entry of the history as it is read. */
export function toEndedJob({ counted: _, ...ended }: HistoryRow): EndedJob {
  return ended;
}

function toRow(ended: EndedJob): HistoryRow {
  return { ...ended, ...storedCopy({ url: ended.url, title: ended.title, host: ended.host }), counted: 0 };
}
