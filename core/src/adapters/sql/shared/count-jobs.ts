import { and, type SQL, sql } from "drizzle-orm";
import { countedOfFilter, countedOfState, type JobCounts, type JobQuery } from "../../../jobs/jobs.ts";
import { statesOf } from "../../../jobs/rules/list-order.ts";
import { JobState } from "../../../jobs/states.ts";
import { stateIn } from "./conditions.ts";
import type { QueryBuilder, SqlConnection } from "./connection.ts";
import { inTimes, ofOwner } from "./list-conditions.ts";
import { listJobs } from "./list-jobs.ts";

type Filter = Omit<JobQuery, "after" | "limit">;

/** How many jobs there are in each state, up to a bound: the answer costs the same however many there are. */
export async function countJobs(db: QueryBuilder, connection: SqlConnection, query: Filter): Promise<JobCounts> {
  const states = Object.fromEntries(JobState.options.map((state) => [state, 0])) as Record<JobState, number>;
  if (!isOneWalk(query)) {
    const some = await listJobs(db, connection, { ...query, limit: countedOfFilter + 1 });
    for (const { state } of some.slice(0, countedOfFilter)) states[state] += 1;
    return { states, exact: some.length <= countedOfFilter };
  }
  let exact = true;
  for (const state of statesOf({ ...query, limit: 0 }) ?? JobState.options) {
    const [row] = await countedState(db, connection, query, state);
    const count = row?.count ?? 0;
    if (count > countedOfState) exact = false;
    states[state] = Math.min(count, countedOfState);
  }
  return { states, exact };
}

/** The jobs of a state, counted along the index that holds them and no others. */
export function countedState(db: QueryBuilder, connection: SqlConnection, query: Filter, state: JobState) {
  const { jobs } = connection.schema;
  const some = db
    .select({ id: jobs.id })
    .from(jobs)
    .where(and(ofOwner(connection.schema, query.owner), stateIn([state]), inTimes(connection, { ...query, limit: 0 })))
    .limit(countedOfState + 1);
  const from: SQL = sql`(${some}) as counted`;
  return db.select({ count: sql<number>`count(*)`.mapWith(Number) }).from(from);
}

/** Whether an index holds what is asked for, by state, and nothing else. */
function isOneWalk({ labels = {}, text, codes, batchId, scheduleId, ...times }: Filter): boolean {
  if ((batchId ?? scheduleId) !== undefined) return false;
  const { createdAfter, createdBefore, finishedAfter, finishedBefore } = times;
  const byBoth = (createdAfter ?? createdBefore) !== undefined && (finishedAfter ?? finishedBefore) !== undefined;
  return !text && codes === undefined && Object.keys(labels).length === 0 && !byBoth;
}
