import type { ServiceDeps } from "../dependencies.ts";

/** Adds the jobs that ended since the last time to the statistics, batch by batch. */
export async function countEnded(
  { database }: Pick<ServiceDeps, "database">,
  batch: number,
  signal?: AbortSignal,
): Promise<void> {
  for (let counted = batch; counted === batch; ) {
    signal?.throwIfAborted();
    counted = await database.stats.countEnded(batch);
  }
}
