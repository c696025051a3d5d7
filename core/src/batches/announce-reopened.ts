import type { ServiceDeps } from "../dependencies.ts";
import type { Job } from "../jobs/job.ts";
import { announceBatch } from "./announce-batch.ts";

/**
 * Tells followers of the batches that these jobs belong to how they are: one that was over goes on when a job of it is retried. Never
 * rejects: followers fall back to the store.
 */
export async function announceReopened(
  deps: Pick<ServiceDeps, "database" | "events" | "logger">,
  jobs: readonly Pick<Job, "batchId">[],
): Promise<void> {
  const ids = new Set(jobs.flatMap(({ batchId }) => batchId ?? []));
  for (const id of ids) {
    try {
      const batch = await deps.database.batches.get(id, null);
      if (batch !== null) await announceBatch(deps, batch);
    } catch (error) {
      deps.logger.warn("a batch that goes on could not be told of", { batchId: id, error });
    }
  }
}
