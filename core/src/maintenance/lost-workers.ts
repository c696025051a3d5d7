import type { ServiceDeps } from "../dependencies.ts";
import { announceMove, offer } from "../jobs/announce.ts";
import type { Job } from "../jobs/job.ts";

export interface LostWorkersOptions {
  /** Length of the workers' leases, in milliseconds. Default: 15 s. */
  readonly leaseMs: number;
  /** A job that has lost this many workers counts as a poison job and fails. Default: 3. */
  readonly maxLostWorkers: number;
  /** At most this many jobs a run. Default: 200. */
  readonly batch: number;
}

/**
 * Requeues jobs whose worker was lost, and fails poison jobs. Returns both. They are not offered to the queue: they must run
 * alone, and workers poll the store for such jobs. Jobs whose attempt had not begun go back to the queue as if they had never
 * been claimed.
 */
export async function releaseLostWorkers(deps: ServiceDeps, options: LostWorkersOptions): Promise<readonly Job[]> {
  const { leaseMs, maxLostWorkers, batch } = options;
  const lost = await deps.database.leases.releaseLost({ leaseMs, maxLostWorkers, limit: batch });
  for (const job of lost.unbegun) {
    deps.logger.info("an attempt had not begun when its lease ended", { jobId: job.id, attempt: job.attempt });
    await announceMove(deps, job);
  }
  await offer(deps, lost.unbegun);
  const jobs = [...lost.requeued, ...lost.failed];
  for (const job of jobs) {
    deps.telemetry.happened("worker-lost", { jobId: job.id, attempt: job.attempt, state: job.state });
    await announceMove(deps, job);
  }
  return jobs;
}
