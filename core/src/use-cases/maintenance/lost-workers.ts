import type { Job } from "../../job/job.ts";
import { announce, offer } from "../announce.ts";
import type { ServiceDeps } from "../dependencies.ts";

export interface LostWorkersOptions {
  /** A job that took this many workers down is stopped; 3. */
  readonly maxLostWorkers: number;
  /** At most this many jobs a run. */
  readonly batch: number;
}

/** Gives jobs back whose worker was lost, and stops those that take every worker down. Returns them. */
export async function releaseLostWorkers(deps: ServiceDeps, options: LostWorkersOptions): Promise<readonly Job[]> {
  const lost = await deps.store.releaseLost({ maxLostWorkers: options.maxLostWorkers, limit: options.batch });
  const jobs = [...lost.requeued, ...lost.failed];
  for (const job of jobs) {
    deps.telemetry.count("vidferry_worker_lost_total");
    deps.logger.warn("a worker was lost", { jobId: job.id, attempt: job.attempt, state: job.state });
    await announce(deps, job);
  }
  await offer(
    deps,
    lost.requeued.map((job) => ({ jobId: job.id, lane: job.priority })),
  );
  return jobs;
}
