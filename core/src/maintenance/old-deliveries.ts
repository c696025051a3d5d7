import type { ServiceDeps } from "../dependencies.ts";

/** Deletes deliveries that were over this long ago. */
export async function removeOldDeliveries(
  { store }: Pick<ServiceDeps, "store">,
  keptMs: number,
  batch: number,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    if ((await store.deliveries.removeOld(keptMs, batch)) < batch) return;
  }
}
