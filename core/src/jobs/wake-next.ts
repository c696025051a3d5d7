import type { ServiceDeps } from "../dependencies.ts";
import type { SameResult } from "../library/reuse.ts";
import { announceMove, offer } from "./announce.ts";
import type { Job } from "./job.ts";

/** Of a change of more jobs than this, maintenance finds who can go on now. */
const mostWoken = 20;

/**
 * After jobs have ended without a result, or no longer run: lets the next of those go on that had waited for the same result.
 * Never rejects: the maintenance task `joined-jobs` finds them as well.
 */
export async function wakeNext(deps: ServiceDeps, jobs: readonly Pick<Job, "owner" | "reuseKey">[]): Promise<void> {
  const same = jobs.flatMap(({ owner, reuseKey }) => (reuseKey === null ? [] : { owner, key: reuseKey }));
  const apart = [...new Map(same.map((of) => [JSON.stringify([of.owner, of.key]), of])).values()];
  if (apart.length > mostWoken) return;
  await Promise.all(apart.map((of) => wake(deps, of)));
}

async function wake(deps: ServiceDeps, of: SameResult): Promise<void> {
  try {
    const job = await deps.database.reuse.wake(of);
    if (job === null) return;
    await announceMove(deps, job);
    await offer(deps, [job]);
  } catch (error) {
    deps.logger.warn("jobs that wait for the same result are left to maintenance", { error });
  }
}
