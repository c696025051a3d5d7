import type { ServiceDeps } from "../dependencies.ts";
import { findKept, mayReuse, type ReusePolicy, reusedResult } from "../library/kept-result.ts";
import type { ReusedResult } from "../library/reuse.ts";
import type { Job } from "./job.ts";
import type { NewJob } from "./jobs.ts";

/** How jobs get kept files when they are made. */
export interface SubmitReuse extends ReusePolicy {
  /** How long results are kept; null: until deleted. */
  readonly retentionMs: number | null;
}

/** The kept result that a new job may have at once; null: there is none, or it is one to be made later or anew. */
export async function keptFor(deps: ServiceDeps, reuse: SubmitReuse, job: NewJob | Job): Promise<ReusedResult | null> {
  const { reuseKey, scheduledFor, request } = job;
  if (reuseKey === undefined || reuseKey === null || scheduledFor !== null || !mayReuse(request)) return null;
  const kept = await findKept(deps, reuse, job, reuseKey);
  return kept && reusedResult(kept, job, deps.clock.now(), reuse.retentionMs);
}

/**
 * Gives a job that was just written the kept files of another one, so that it waits for no worker. Returns the job as it is then.
 * Never rejects: the job is queued like any other, and its attempt looks again.
 */
export async function finishKept(deps: ServiceDeps, reuse: SubmitReuse, job: Job): Promise<Job> {
  try {
    const result = await keptFor(deps, reuse, job);
    const done = result && (await deps.database.reuse.finish({ jobId: job.id, attempt: null }, result));
    if (done === null) return job;
    deps.telemetry.happened("job-reused", { jobId: job.id, how: "kept" });
    return done;
  } catch (error) {
    deps.logger.warn("kept files could not be looked for; an attempt looks again", { jobId: job.id, error });
    return job;
  }
}
