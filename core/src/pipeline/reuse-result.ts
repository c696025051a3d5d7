import type { ServiceDeps } from "../dependencies.ts";
import { announceMove } from "../jobs/announce.ts";
import type { Job } from "../jobs/job.ts";
import { wakeNext } from "../jobs/wake-next.ts";
import { findKept, mayReuse, type ReusePolicy, reusedResult } from "../library/kept-result.ts";

/** How attempts may spare work that another job has done or does. */
export interface AttemptReuse extends ReusePolicy {
  /** Whether they wait for another job that makes the same; somebody must look after those that wait. */
  readonly joins: boolean;
}

/** A job that has joined another one runs by itself after this time, in milliseconds. */
const longestJoinMs = 6 * 3_600_000;
/** Jobs that get a result at a time. */
const handedOnAtOnce = 100;

/** What became of the job, and whose result it has. */
type Spared = { readonly job: Job } & ({ readonly kind: "kept"; readonly source: Job } | { readonly kind: "joined" });

/**
 * Ends an attempt without work: with the kept result of another job, or by waiting for another one that makes it now. Null: the
 * attempt has to do it. Never rejects: reuse spares work, and nothing depends on it. The caller announces the job.
 */
export async function spareAttempt(
  deps: ServiceDeps,
  job: Job,
  key: string | null,
  { reuse, retentionMs }: { readonly reuse: AttemptReuse; readonly retentionMs: number | null },
): Promise<Spared | null> {
  if (key === null || !mayReuse(job.request)) return null;
  const { reuse: repository } = deps.database;
  const ref = { jobId: job.id, attempt: job.attempt };
  try {
    const kept = await findKept(deps, reuse, job, key);
    if (kept !== null) {
      const done = await repository.finish(ref, reusedResult(kept, job, deps.clock.now(), retentionMs));
      if (done !== null) return { kind: "kept", job: done, source: kept };
    }
    const joined = reuse.joins ? await repository.join(ref, { owner: job.owner, key }, longestJoinMs) : null;
    return joined && { kind: "joined", job: joined };
  } catch (error) {
    deps.logger.warn("it cannot be found out whether another job has the result; it is made", { error });
    return null;
  }
}

/**
 * Hands the result of a job on to those that wait for it, and tells of them. Never rejects: what is not handed on finds the result
 * itself when it runs.
 */
export async function handOn(
  deps: ServiceDeps,
  done: Job,
  { owner, key }: { readonly owner: string; readonly key: string | null },
  retentionMs: number | null,
): Promise<void> {
  if (key === null) return;
  const { media } = done;
  try {
    // What is recorded of a live stream is another part of it for each.
    for (let isMore = media !== null && !media.isLive; isMore; ) {
      const waiting = (await deps.database.reuse.waiting({ owner, key }, handedOnAtOnce)).filter(({ request }) =>
        mayReuse(request),
      );
      let handedOn = 0;
      for (const job of waiting) {
        const result = reusedResult(done, job, deps.clock.now(), retentionMs);
        const ended = await deps.database.reuse.finish({ jobId: job.id, attempt: null }, result);
        if (ended === null) continue;
        handedOn += 1;
        deps.telemetry.happened("job-reused", { jobId: ended.id, how: "joined" });
        await announceMove(deps, ended);
      }
      isMore = handedOn === handedOnAtOnce;
    }
  } catch (error) {
    deps.logger.warn("the result could not be handed on to all that wait for it", { error });
  }
  await wakeNext(deps, [{ owner, reuseKey: key }]);
}
