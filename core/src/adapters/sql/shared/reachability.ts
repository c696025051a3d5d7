import { and, between, exists, lte, type SQL, sql } from "drizzle-orm";
import { gapMs, graceMs } from "../../../jobs/rules/reachability.ts";
import { stateIn } from "./conditions.ts";
import type { QueryBuilder, SqlConnection } from "./connection.ts";

/** The one row of the table. */
const rowId = 1;

/** Selects a running job: without one there are no leases to search. */
export function anyRunning(db: QueryBuilder, { schema: { jobs } }: SqlConnection) {
  return db
    .select({ id: jobs.id })
    .from(jobs)
    .where(stateIn(["running"]))
    .limit(1);
}

/** Writes the current time, in one statement; after a gap the period of reachability starts again. See {@link gapMs}. */
export function recordReachable(db: QueryBuilder, connection: SqlConnection, leaseMs: number) {
  const { schema, time } = connection;
  const { pulse } = schema;
  const now = time.now();
  const steadySince = sql`case when ${isFresh(connection, leaseMs)} then ${pulse.steadySince} else ${now} end`;
  return db
    .insert(pulse)
    .values({ id: rowId, seenAt: sql`${now}`, steadySince: sql`${now}` })
    .onConflictDoUpdate({ target: pulse.id, set: { seenAt: now, steadySince } });
}

/** Selects the mark if it is younger than so many milliseconds. */
export function recentMark(db: QueryBuilder, { schema: { pulse }, time }: SqlConnection, ageMs: number) {
  return db
    .select({ id: pulse.id })
    .from(pulse)
    .where(between(pulse.seenAt, time.plus(time.now(), -ageMs), time.now()));
}

/** The condition that expired leases count now; part of the statement that acts on them, so that no outage can lie in between. */
export function isSteady(db: QueryBuilder, connection: SqlConnection, leaseMs: number): SQL {
  const { schema, time } = connection;
  const { pulse } = schema;
  const longEnough = lte(pulse.steadySince, time.plus(time.now(), -graceMs(leaseMs)));
  const mark = db
    .select({ id: pulse.id })
    .from(pulse)
    .where(and(isFresh(connection, leaseMs), longEnough));
  return exists(mark);
}

function isFresh({ schema, time }: SqlConnection, leaseMs: number): SQL {
  const gap = gapMs(leaseMs);
  return between(schema.pulse.seenAt, time.plus(time.now(), -gap), time.plus(time.now(), gap));
}
