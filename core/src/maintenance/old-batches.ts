import type { ServiceDeps } from "../dependencies.ts";

/** Deletes batches that were over this long ago and of which no job is left. */
export async function removeOldBatches(
  { database }: Pick<ServiceDeps, "database">,
  keptMs: number,
  batch: number,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    if ((await database.batches.removeOld(keptMs, batch)) < batch) return;
  }
}
