import type { ServiceDeps } from "../dependencies.ts";

type EndedDeps = Pick<ServiceDeps, "store">;

/** Adds the jobs that ended since the last time to the statistics, batch by batch. */
export async function countEnded({ store }: EndedDeps, batch: number, signal?: AbortSignal): Promise<void> {
  for (let counted = batch; counted === batch; ) {
    signal?.throwIfAborted();
    counted = await store.stats.countEnded(batch);
  }
}

/** Writes the history of jobs that ended before one was kept, batch by batch; what is interrupted goes on where it stood. */
export async function fillHistory({ store }: EndedDeps, batch: number, signal?: AbortSignal): Promise<void> {
  for (let state = "more"; state === "more"; ) {
    signal?.throwIfAborted();
    state = await store.history.backfill(batch);
  }
}
