import type { ServiceDeps } from "../dependencies.ts";

/** Adds the jobs that ended since the last time to the statistics, batch by batch. */
export async function countEnded(
  { store }: Pick<ServiceDeps, "store">,
  batch: number,
  signal?: AbortSignal,
): Promise<void> {
  for (let counted = batch; counted === batch; ) {
    signal?.throwIfAborted();
    counted = await store.stats.countEnded(batch);
  }
}
