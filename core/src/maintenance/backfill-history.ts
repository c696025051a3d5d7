import type { ServiceDeps } from "../dependencies.ts";

/** Writes the history of jobs that ended before one was kept, batch by batch; what is interrupted goes on where it stood. */
export async function backfillHistory(
  { database }: Pick<ServiceDeps, "database">,
  batch: number,
  signal?: AbortSignal,
): Promise<void> {
  for (let state = "more"; state === "more"; ) {
    signal?.throwIfAborted();
    state = await database.history.backfill(batch);
  }
}
