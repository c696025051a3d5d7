import { isTerminal, JobState } from "../jobs/states.ts";
import type { Batch, BatchCounts, BatchProgress } from "./batch.ts";

/** What is counted of a batch's jobs and entries. */
export interface ChildCounts {
  readonly states: Readonly<Partial<Record<JobState, number>>>;
  /** The sum of the percentages of the jobs that have not ended. */
  readonly percent: number;
  readonly downloadedBytes: number;
  /** Entries of which a job is still to be made. */
  readonly waiting: number;
  readonly skipped: number;
}

export const noChildren: ChildCounts = { states: {}, percent: 0, downloadedBytes: 0, waiting: 0, skipped: 0 };

/** The figures of a batch, of what was counted. */
export function countedBatch(
  { source }: Pick<Batch, "source">,
  { states, percent, downloadedBytes, waiting, skipped }: ChildCounts,
): { readonly counts: BatchCounts; readonly progress: BatchProgress } {
  const of = Object.fromEntries(JobState.options.map((state) => [state, states[state] ?? 0])) as Record<
    JobState,
    number
  >;
  const jobs = Object.values(of).reduce((sum, count) => sum + count, 0);
  const ended = JobState.options.filter(isTerminal).reduce((sum, state) => sum + of[state], 0);
  const toCome = Math.min(waiting, Math.max(0, (source?.limit ?? Number.POSITIVE_INFINITY) - jobs));
  const all = jobs + toCome;
  const share = all === 0 ? null : Math.min(100, Math.round(((ended * 100 + percent) / all) * 10) / 10);
  return {
    counts: { total: all + skipped, ...of, skipped },
    progress: { percent: share, downloadedBytes },
  };
}
