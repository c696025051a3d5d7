import { type Job, noProgress } from "../../jobs/job.ts";
import type { NewJob } from "../../jobs/jobs.ts";
import { laneOffsetMs } from "../../jobs/rules/lanes.ts";

/** A job and the internal fields of the store. */
export interface Entry {
  readonly job: Job;
  readonly idempotency: NewJob["idempotency"];
  readonly linkKey: string | null;
  /** Nothing private was used for its result. */
  readonly shareable: boolean;
  /** Place in the order of dispatch, in milliseconds: when it became due plus the lane's offset. */
  readonly rank: number;
  /** When it was last offered, or became due. */
  readonly offeredAt: number;
}

/** Of a job that no worker holds. */
export const idle = { stage: null, worker: null, leaseUntil: null, joinedAt: null } as const;

/** What a create writes. */
export function newEntry(fresh: NewJob, scheduledFor: Date | null, now: Date): Entry {
  const job: Job = {
    id: fresh.id,
    owner: fresh.owner,
    state: scheduledFor && scheduledFor > now ? "scheduled" : "queued",
    ...idle,
    progress: noProgress,
    request: fresh.request,
    media: null,
    artifacts: [],
    attempt: 0,
    failures: 0,
    lostWorkers: 0,
    alone: false,
    maxAttempts: fresh.maxAttempts,
    nextAttemptAt: null,
    reuseKey: fresh.reuseKey ?? null,
    waiting: null,
    error: null,
    warnings: [],
    priority: fresh.priority,
    labels: fresh.labels,
    engine: null,
    requestId: fresh.requestId,
    traceparent: fresh.traceparent,
    batchId: fresh.batchId ?? null,
    scheduleId: fresh.scheduleId ?? null,
    reusedFrom: fresh.reusedFrom ?? null,
    finishAskedAt: null,
    host: null,
    createdAt: now,
    updatedAt: now,
    scheduledFor,
    startedAt: null,
    finishedAt: null,
    expiresAt: null,
  };
  const at = now.getTime();
  return {
    job,
    idempotency: fresh.idempotency,
    linkKey: fresh.linkKey ?? null,
    shareable: false,
    rank: at + laneOffsetMs[job.priority],
    offeredAt: at,
  };
}
