import type { Repositories } from "../database/database.ts";
import type { Batch, BatchEntry } from "./batch.ts";

/** Who wants to know what becomes of a batch. */
export interface BatchOutcomes {
  /**
   * Its list was read to its end, and its jobs are made; or it is over. In the transaction that writes that, so that a crash leaves
   * nobody without the news, and with the batch locked.
   */
  tell(tx: Repositories, batch: Batch): Promise<void>;
}

/** What a schedule has taken before. */
export interface BatchArchive {
  /**
   * Of these entries those that the schedule of the batch has not taken before, and notes them as taken; in the transaction that writes
   * them, so that a crash neither forgets one nor takes it twice.
   */
  take(tx: Repositories, batch: Batch, entries: readonly BatchEntry[]): Promise<readonly BatchEntry[]>;
}
