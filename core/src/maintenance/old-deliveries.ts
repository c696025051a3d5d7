import type { ServiceDeps } from "../dependencies.ts";

/** Deletes deliveries that were over this long ago. */
export async function removeOldDeliveries(
  { database }: Pick<ServiceDeps, "database">,
  keptMs: number,
  batch: number,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    if ((await database.deliveries.removeOld(keptMs, batch)) < batch) return;
  }
}
