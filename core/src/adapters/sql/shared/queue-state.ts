import { and, count, desc, eq, isNotNull, max, min, type SQL, sql } from "drizzle-orm";
import type { JobWait } from "../../../jobs/job.ts";
import type { QueueState, QueueStates } from "../../../jobs/queue-state.ts";
import { waitReasonOf } from "../../../jobs/resource.ts";
import { laneOffsetMs } from "../../../jobs/rules/lanes.ts";
import { type DueGroup, lanesOf } from "../../../jobs/rules/queue-groups.ts";
import { storableTime } from "../../../jobs/rules/storable.ts";
import { errorCode, hasJoined, isDeadLetter, stateIn, waitReason } from "./conditions.ts";
import type { OpenConnection, QueryBuilder, SqlConnection } from "./connection.ts";
import { toJob } from "./job-row.ts";
import type { JobRow } from "./schema.ts";
import { ownersUse } from "./turns.ts";

/** The state of the queue over SQL: one implementation for both dialects. */
export function createSqlQueueStates(open: OpenConnection): QueueStates {
  return {
    read: async (mostJobs) => {
      const connection = await open();
      const queued = await connection.read((db) => queuedGroups(db, connection, mostJobs));
      const scheduled = await connection.read((db) => countOf(db, connection, stateIn(["scheduled"]), mostJobs));
      const running = await connection.read((db) => countOf(db, connection, stateIn(["running"]), mostJobs));
      const waiting: Record<string, number> = {};
      const add = (reason: string, jobs: number): void => {
        if (jobs > 0) waiting[reason] = (waiting[reason] ?? 0) + jobs;
      };
      add("schedule", scheduled[0]?.jobs ?? 0);
      const limited = [...new Set(queued.flatMap(({ limitedOwner }) => limitedOwner ?? []))];
      const uses = limited.length === 0 ? [] : await connection.read((db) => ownersUse(db, connection, limited));
      const roomOf = new Map(
        uses.map(({ owner, running, limits }) => [owner, Math.max(0, (limits?.runningJobs ?? 0) - running)]),
      );
      let looked = 0;
      const due: DueGroup[] = [];
      for (const { lane, code, waitsFor, jobs, oldest, now, first, last, limitedOwner } of queued) {
        looked += jobs;
        if (code === joined) add("reuse", jobs);
        else if (waitsFor !== null) add(waitsFor, jobs);
        else if (code !== null) add(waitReasonOf(code), jobs);
        else if (oldest !== null) {
          const oldestAgeMs = Math.max(0, now.getTime() - (oldest.getTime() - laneOffsetMs[lane]));
          const room = limitedOwner === null ? null : (roomOf.get(limitedOwner) ?? null);
          due.push({ lane, jobs, oldestAgeMs, owners: [first ?? "", last ?? ""], room });
        }
      }
      const { lanes, quota, fairShare } = lanesOf(due);
      add("quota", quota);
      add("fair_share", fairShare);
      const isWhole = looked < mostJobs;
      return { lanes, waiting: waiting as QueueState["waiting"], running: running[0]?.jobs ?? 0, isWhole };
    },

    deadLetters: async (query) => {
      const connection = await open();
      return (await connection.read((db) => deadLetters(db, connection, query))).map(toJob);
    },
  };
}

/** In place of the code of an error: the job waits for the result of another one. */
const joined = "joined";

/** The queued jobs by lane, and by owner where an account limits running jobs; those that wait for the time of their next attempt by the code of their error as well. */
export function queuedGroups(db: QueryBuilder, { schema: { jobs, accounts }, time }: SqlConnection, mostJobs: number) {
  const waits = sql`next_attempt_at > ${time.now()}`;
  const looked = db
    .select({
      lane: jobs.priority,
      rank: jobs.rank,
      owner: jobs.owner,
      code: sql<
        NonNullable<JobRow["error"]>["code"] | typeof joined | null
      >`case when ${waits} then case when ${hasJoined} then ${sql.raw(`'${joined}'`)} else ${errorCode} end end`.as(
        "code",
      ),
      waitsFor: sql<JobWait["reason"] | null>`case when ${waits} then ${waitReason} end`.as("waits_for"),
    })
    .from(jobs)
    .where(stateIn(["queued"]))
    .limit(mostJobs)
    .as("looked");
  return db
    .select({
      lane: looked.lane,
      limitedOwner: accounts.owner,
      first: min(looked.owner),
      last: max(looked.owner),
      code: looked.code,
      waitsFor: looked.waitsFor,
      jobs: count(),
      oldest: min(looked.rank),
      now: sql`${time.now()}`.mapWith(jobs.rank),
    })
    .from(looked)
    .leftJoin(accounts, and(eq(accounts.owner, looked.owner), isNotNull(accounts.runningJobs)))
    .groupBy(looked.lane, looked.code, looked.waitsFor, accounts.owner);
}

function countOf(db: QueryBuilder, { schema: { jobs } }: SqlConnection, condition: SQL, mostJobs: number) {
  const some = db.select({ id: jobs.id }).from(jobs).where(condition).limit(mostJobs).as("some");
  return db.select({ jobs: count() }).from(some);
}

/** Poison jobs, newest first. */
export function deadLetters(
  db: QueryBuilder,
  { schema: { jobs }, time }: SqlConnection,
  { after, limit }: Parameters<QueueStates["deadLetters"]>[0],
) {
  const place =
    after && sql`(${jobs.createdAt}, ${jobs.id}) < (${time.at(storableTime(after.createdAt))}, ${after.id})`;
  return db
    .select()
    .from(jobs)
    .where(and(isDeadLetter, place))
    .orderBy(desc(jobs.createdAt), desc(jobs.id))
    .limit(limit);
}
