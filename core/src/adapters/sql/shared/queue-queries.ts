import { and, asc, eq, inArray, isNull, lte, or, sql } from "drizzle-orm";
import { answerKeptMs } from "../../../idempotency/answers.ts";
import type { RunMode } from "../../../jobs/dispatch.ts";
import type { JobWait } from "../../../jobs/job.ts";
import type { ClientMove } from "../../../jobs/jobs.ts";
import type { ReleaseOptions } from "../../../jobs/leases.ts";
import { endedLease } from "../../../jobs/rules/reachability.ts";
import { storableText } from "../../../jobs/rules/storable.ts";
import { jobMoves } from "../../../jobs/states.ts";
import type { JobId } from "../../../runtime/ids.ts";
import { allows, type Changes } from "./changes.ts";
import { hasArtifacts, hasBegun, hasIdempotencyKey, pausing, runsAs, stateIn, waitReason } from "./conditions.ts";
import type { QueryBuilder, SqlConnection } from "./connection.ts";
import { isSteady } from "./reachability.ts";
import { ownerLimits, runningOf } from "./turns.ts";

// The reads of claims and of the maintenance tasks. Each is a scan of one partial index that ends at the limit.

/** Of these jobs, those that may be started if their owners' limits leave room, in the order to start them. */
export function claimable(db: QueryBuilder, connection: SqlConnection, ids: readonly JobId[], alone = false) {
  const { jobs, accounts } = connection.schema;
  const { time } = connection;
  const running = sql<number>`case when ${accounts.owner} is null then 0 else ${runningOf(connection, sql`${jobs.owner}`)} end`;
  return db
    .select({
      id: jobs.id,
      owner: jobs.owner,
      alone: jobs.alone,
      running: running.mapWith(Number),
      limits: ownerLimits(connection),
    })
    .from(jobs)
    .leftJoin(accounts, eq(accounts.owner, jobs.owner))
    .where(
      and(
        inArray(jobs.id, [...ids]),
        allows("claim"),
        alone ? undefined : runsAs.shared,
        or(isNull(jobs.nextAttemptAt), lte(jobs.nextAttemptAt, time.now())),
      ),
    )
    .orderBy(asc(jobs.rank), asc(jobs.id));
}

/** Running jobs whose lease expired while the store was reachable, or was ended explicitly; begun or not. */
export function lostJobs(
  db: QueryBuilder,
  connection: SqlConnection,
  { leaseMs, limit }: Pick<ReleaseOptions, "leaseMs" | "limit">,
  begun: keyof typeof hasBegun,
) {
  const { time } = connection;
  const { jobs } = connection.schema;
  const isBelieved = or(lte(jobs.leaseUntil, time.at(endedLease)), isSteady(db, connection, leaseMs));
  const rows = db
    .select({ id: jobs.id })
    .from(jobs)
    .where(and(stateIn(jobMoves.requeue.from), lte(jobs.leaseUntil, time.now()), hasBegun[begun], isBelieved))
    .orderBy(asc(jobs.leaseUntil))
    .limit(limit);
  return db.$with("picked").as(connection.lock(rows, "skip"));
}

/** Jobs in a pause that wait for this. */
export function waitingJobs(db: QueryBuilder, connection: SqlConnection, reason: JobWait["reason"], limit: number) {
  const { jobs } = connection.schema;
  const rows = db
    .select({ id: jobs.id })
    .from(jobs)
    .where(and(pausing, eq(waitReason, reason)))
    .orderBy(asc(jobs.nextAttemptAt))
    .limit(limit);
  return db.$with("picked").as(connection.lock(rows, "skip"));
}

/** Scheduled jobs whose time has come. */
export function jobsToStart(db: QueryBuilder, { schema: { jobs }, time }: SqlConnection, limit: number) {
  return db
    .select({ id: jobs.id })
    .from(jobs)
    .where(and(allows("due"), lte(jobs.scheduledFor, time.now())))
    .orderBy(asc(jobs.scheduledFor))
    .limit(limit);
}

/** The same, locked, as a part of an update. */
export function scheduledJobs(db: QueryBuilder, connection: SqlConnection, limit: number) {
  return db.$with("picked").as(connection.lock(jobsToStart(db, connection, limit), "skip"));
}

/** Due jobs that were not offered to the queue for this long. */
export function jobsToOffer(
  db: QueryBuilder,
  { schema: { jobs }, time }: SqlConnection,
  olderThanMs: number,
  limit: number,
  mode: RunMode = "shared",
) {
  return db
    .select({ id: jobs.id })
    .from(jobs)
    .where(and(stateIn(["queued"]), runsAs[mode], lte(jobs.offeredAt, time.plus(time.now(), -olderThanMs))))
    .orderBy(asc(jobs.offeredAt))
    .limit(limit);
}

/** The same, locked, as a part of an update. */
export function unofferedJobs(
  db: QueryBuilder,
  connection: SqlConnection,
  olderThanMs: number,
  limit: number,
  mode: RunMode = "shared",
) {
  return db.$with("picked").as(connection.lock(jobsToOffer(db, connection, olderThanMs, limit, mode), "skip"));
}

/** The update of what one of the queries above picked: one statement, so that a row is changed while it is locked. */
export function updatePicked(
  db: QueryBuilder,
  { schema: { jobs } }: SqlConnection,
  picked: ReturnType<typeof lostJobs>,
  changes: Changes,
) {
  const wanted = db.select({ id: picked.id }).from(picked);
  return db.with(picked).update(jobs).set(changes).where(inArray(jobs.id, wanted)).returning();
}

/** Jobs whose results have expired. */
export function expiredJobs(db: QueryBuilder, { schema: { jobs }, time }: SqlConnection, limit: number, skip = 0) {
  return db
    .select()
    .from(jobs)
    .where(and(hasArtifacts, lte(jobs.expiresAt, time.now())))
    .orderBy(asc(jobs.expiresAt), asc(jobs.id))
    .limit(limit)
    .offset(skip);
}

/** Of these jobs of an owner, those that may make a move, or all; locked in one order, so that two such writes cannot deadlock. */
export function movableJobs(db: QueryBuilder, connection: SqlConnection, { ids, owner, move }: MovableQuery) {
  const { jobs } = connection.schema;
  const rows = db
    .select({ id: jobs.id })
    .from(jobs)
    .where(
      and(inArray(jobs.id, [...ids]), eq(jobs.owner, storableText(owner)), move === null ? undefined : allows(move)),
    )
    .orderBy(asc(jobs.id));
  return connection.lock(rows, "wait");
}

interface MovableQuery {
  readonly ids: readonly JobId[];
  readonly owner: string;
  /** null: whatever their state. */
  readonly move: ClientMove | null;
}

/** The same as a part of another query. */
export function movable(db: QueryBuilder, connection: SqlConnection, query: MovableQuery) {
  return db.$with("picked").as(movableJobs(db, connection, query));
}

/** Takes the idempotency keys from jobs that have had them for long enough. */
export function forgetOldIdempotencyKeys(db: QueryBuilder, connection: SqlConnection, limit: number) {
  const { jobs } = connection.schema;
  const { time } = connection;
  const rows = db
    .select({ id: jobs.id })
    .from(jobs)
    .where(and(hasIdempotencyKey, lte(jobs.createdAt, time.plus(time.now(), -answerKeptMs))))
    .orderBy(asc(jobs.createdAt))
    .limit(limit);
  const picked = db.$with("picked").as(connection.lock(rows, "skip"));
  const wanted = db.select({ id: picked.id }).from(picked);
  return db
    .with(picked)
    .update(jobs)
    .set({ idempotencyKey: null, idempotencyFingerprint: null })
    .where(inArray(jobs.id, wanted))
    .returning({ id: jobs.id });
}

/** How many jobs are in each state. */
export function stateCounts(db: QueryBuilder, { schema: { jobs } }: SqlConnection) {
  return db
    .select({ state: jobs.state, count: sql<number>`count(*)`.mapWith(Number) })
    .from(jobs)
    .groupBy(jobs.state);
}
