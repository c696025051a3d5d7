import type { ServiceDeps } from "../dependencies.ts";

/** Descriptions of videos that are kept at once: at most a gigabyte, mostly a tenth of it. */
const mostLooks = 1_000;

/** Deletes what was found at links and is past its time, and what is too much. */
export async function removeOldLooks(
  { database }: Pick<ServiceDeps, "database">,
  batch: number,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted && (await database.looks.removeOld(mostLooks, batch)) === batch);
}
