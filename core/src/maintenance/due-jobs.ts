import type { ServiceDeps } from "../dependencies.ts";
import { announceMove, offer } from "../jobs/announce.ts";
import type { Job } from "../jobs/job.ts";

/** Queues scheduled jobs that are due. Returns them. */
export async function startDueJobs(deps: ServiceDeps, batch: number): Promise<readonly Job[]> {
  const due = await deps.database.dispatch.promoteDue(batch);
  for (const job of due) await announceMove(deps, job);
  await offer(deps, due);
  return due;
}
