import type { Job } from "./job.ts";
import type { JobCursor } from "./jobs.ts";
import type { Priority } from "./request-values.ts";
import type { WaitingFor } from "./resource.ts";

/** A lane of the queue. */
export interface LaneState {
  /** Jobs that a free worker would take. */
  readonly depth: number;
  /** How long the one that waits longest has been due; null when none waits. */
  readonly oldestAgeMs: number | null;
}

/** What waits, and for what. */
export interface QueueState {
  readonly lanes: Readonly<Record<Priority, LaneState>>;
  /**
   * Jobs that wait for something else than a free worker, by what that is; and as `fair_share` those of the lanes while they are
   * of several owners, whose turn comes one after the other.
   */
  readonly waiting: Readonly<Partial<Record<WaitingFor["reason"], number>>>;
  readonly running: number;
  /** False: more jobs are queued than were looked at; the numbers of queued jobs are then of a part of them. */
  readonly isWhole: boolean;
}

/** The queue as an operator wants to see it. */
export interface QueueStates {
  /** Counts this many of the queued jobs at most. */
  read(mostJobs: number): Promise<QueueState>;
  /** Jobs that failed with `worker_lost` because they lost too many workers, newest first; a retry takes them up again. */
  deadLetters(query: { readonly after?: JobCursor; readonly limit: number }): Promise<readonly Job[]>;
}

export const noLane: LaneState = { depth: 0, oldestAgeMs: null };
