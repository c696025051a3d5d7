import type { ServiceDeps } from "../dependencies.ts";
import { announceMove, offer } from "../jobs/announce.ts";

/**
 * Lets jobs go on that wait for the result of another one, where no other one makes it any more: its process was killed before it
 * could tell them. One for each result; the others wait for that one. Returns how many.
 */
export async function wakeJoinedJobs(deps: ServiceDeps, batch: number): Promise<number> {
  let woken = 0;
  for (const of of await deps.database.reuse.stranded(batch)) {
    const job = await deps.database.reuse.wake(of);
    if (job === null) continue;
    woken += 1;
    await announceMove(deps, job);
    await offer(deps, [job]);
  }
  return woken;
}
