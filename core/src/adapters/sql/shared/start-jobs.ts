import { and, type SQL, sql } from "drizzle-orm";
import { noLimits } from "../../../accounts/limits.ts";
import type { ClaimOptions } from "../../../jobs/attempts.ts";
import { noProgress } from "../../../jobs/job.ts";
import { storableText } from "../../../jobs/rules/storable.ts";
import { roomOf } from "../../../jobs/rules/turns.ts";
import { jobMoves } from "../../../jobs/states.ts";
import { allows, type Changes } from "./changes.ts";
import type { QueryBuilder, SqlConnection } from "./connection.ts";
import type { claimable } from "./queue-queries.ts";

/** Starts an attempt of each of these jobs that is still queued. */
export function startJobs(
  db: Pick<QueryBuilder, "update">,
  { schema: { jobs }, time }: SqlConnection,
  picked: SQL,
  { worker, host, leaseMs }: Omit<ClaimOptions, "alone">,
) {
  const changes: Changes = {
    state: jobMoves.claim.to,
    stage: null,
    attempt: sql`${jobs.attempt} + 1`,
    progress: noProgress,
    warnings: [],
    worker: storableText(worker),
    host: storableText(host),
    leaseUntil: time.plus(time.now(), leaseMs),
    nextAttemptAt: null,
    joinedAt: null,
    startedAt: sql`coalesce(${jobs.startedAt}, ${time.now()})`,
    updatedAt: time.now(),
  };
  return db
    .update(jobs)
    .set(changes)
    .where(and(picked, allows("claim")))
    .returning();
}

/** Of jobs in the order to start them, those that their owners' limits leave room for. */
export function withinLimits(candidates: Awaited<ReturnType<typeof claimable>>): typeof candidates {
  const started = new Map<string, number>();
  return candidates.filter(({ owner, running, limits }) => {
    const own = started.get(owner) ?? 0;
    if (roomOf({ ready: 1, running: running + own, limits: limits ?? noLimits }) === 0) return false;
    started.set(owner, own + 1);
    return true;
  });
}
