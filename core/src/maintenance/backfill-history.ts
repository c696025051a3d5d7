import type { ServiceDeps } from "../dependencies.ts";

/** Writes the history of jobs that ended before one was kept, batch by batch; what is interrupted goes on where it stood. */
export async function backfillHistory(
  { store }: Pick<ServiceDeps, "store">,
  batch: number,
  signal?: AbortSignal,
): Promise<void> {
  for (let state = "more"; state === "more"; ) {
    signal?.throwIfAborted();
    state = await store.history.backfill(batch);
  }
}
