import type { Repositories } from "../database/database.ts";
import type { Batch, BatchEntry } from "./batch.ts";

/** What a schedule has taken before. */
export interface BatchArchive {
  /**
   * Of these entries those that the schedule of the batch has not taken before, and notes them as taken; in the transaction that writes
   * them, so that a crash neither forgets one nor takes it twice.
   */
  take(tx: Repositories, batch: Batch, entries: readonly BatchEntry[]): Promise<readonly BatchEntry[]>;
}
