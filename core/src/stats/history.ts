import type { JobId } from "../runtime/ids.ts";
import type { EndedJob } from "./ended-job.ts";

/** A position in the history, newest first: the last entry of the page before. */
export interface HistoryCursor {
  readonly endedAt: Date;
  readonly jobId: JobId;
}

export interface HistoryQuery {
  /** null: of every owner. */
  readonly owner: string | null;
  /** Ended at or after this time. */
  readonly from?: Date;
  /** Ended before this time. */
  readonly to?: Date;
  readonly after?: HistoryCursor;
  readonly limit: number;
}

/**
 * Every end of every job. The transaction that ends a job writes it; it stays when results expire, and when the job is
 * deleted, then without what tells of a person (see {@link EndedJob}).
 */
export interface History {
  /** A page, the latest end first. */
  list(query: HistoryQuery): Promise<readonly EndedJob[]>;
  /** Deletes entries that ended longer ago and are in the statistics, at most so many; returns their number. */
  prune(olderThanMs: number, limit: number): Promise<number>;
  /**
   * Writes the ends of jobs that no history was kept for, those of this many jobs a call, and goes on where the last call
   * stopped, also in another process. `done`: there is nothing to do for now.
   */
  backfill(limit: number): Promise<"more" | "done">;
}

/**
 * After this time a backfill is done once more: it finds the ends that processes of a version without a history wrote while the
 * service was being updated.
 */
export const secondBackfillAfterMs = 86_400_000;
/** What ended longer ago is left out of that second run, since it may have been pruned already; no shorter retention is allowed. */
export const secondBackfillWindowMs = 2 * secondBackfillAfterMs;
