import { lte, type SQL, type SQLWrapper, sql } from "drizzle-orm";
import { type Agenda, type Chore, chores } from "../../../maintenance/agenda.ts";
import { runToleranceMs } from "../../../schedules/schedules.ts";
import { dueExpansion, settledBatches } from "./batches.ts";
import { pausing, ready } from "./conditions.ts";
import type { OpenConnection, QueryBuilder, SqlConnection } from "./connection.ts";
import { oldestDueTargets } from "./deliveries.ts";
import { itemsOf } from "./outbox.ts";
import { expiredJobs, jobsToOffer, jobsToStart } from "./queue-queries.ts";
import { anyRunning } from "./reachability.ts";
import { strandedResults } from "./reuse.ts";
import { dueSchedules, ranInFuture } from "./schedules.ts";
import { endsToCount } from "./stats.ts";

/** What there is to do, over SQL: one implementation for both dialects. */
export function createSqlAgenda(open: OpenConnection): Agenda {
  return {
    due: async (offerAfterMs) => {
      const connection = await open();
      const [row] = await connection.read((db) => dueChores(db, connection, offerAfterMs));
      return new Set(chores.filter((chore) => row?.[chore] === 1));
    },
  };
}

/** One row with a column for each kind of work, each of which ends at the first row that it finds. */
export function dueChores(db: QueryBuilder, whole: SqlConnection, offerAfterMs: number) {
  // Nothing is taken here, so nothing is locked.
  const connection: SqlConnection = { ...whole, lock: (select) => select };
  const { schema, time } = connection;
  const { jobs } = schema;
  // The order makes planners take the index of these jobs.
  const isReady = (mode: keyof typeof ready) =>
    sql`(select owner from ${jobs} where ${ready[mode]} order by owner, rank, id limit 1) is not null`;
  const isOverPause = sql`exists (select 1 from ${jobs} where ${pausing} and ${lte(jobs.nextAttemptAt, time.now())})`;
  // Of an `exists` PostgreSQL forgets order and limit, which make it take the index.
  const any = (query: SQLWrapper): SQL => sql`(select count(*) from ${query} as found) > 0`;
  const conditions: Readonly<Record<Chore, SQL>> = {
    "lost-workers": any(anyRunning(db, connection)),
    "due-jobs": any(jobsToStart(db, connection, 1)),
    "due-schedules": sql`${any(dueSchedules(db, connection, 1))} or ${any(ranInFuture(db, connection, runToleranceMs, 1))}`,
    "unoffered-jobs": any(jobsToOffer(db, connection, offerAfterMs, 1)),
    "joined-jobs": any(strandedResults(db, connection, 1)),
    "expired-results": any(expiredJobs(db, connection, 1)),
    "blob-deletions": any(itemsOf(db, connection, "blob_deletion")),
    statistics: any(endsToCount(db, connection, 1)),
    "webhook-deliveries": any(oldestDueTargets(db, connection, 1)),
    "batches-to-expand": any(dueExpansion(db, connection)),
    "batches-over": any(settledBatches(db, connection, 1)),
    "queued-jobs": sql`${isReady("shared")} or ${isOverPause}`,
    "queued-alone": sql`${isReady("alone")} or ${isOverPause}`,
  };
  const columns = chores.map(
    (chore) => sql`case when ${conditions[chore]} then 1 else 0 end as ${sql.identifier(chore)}`,
  );
  const row = sql`(select ${sql.join(columns, sql`, `)}) as agenda`;
  const fields = chores.map((chore) => [chore, sql<number>`agenda.${sql.identifier(chore)}`.mapWith(Number)] as const);
  return db.select(Object.fromEntries(fields) as Record<Chore, SQL<number>>).from(row);
}
