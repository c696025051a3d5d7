import type { Check } from "../pipeline/downloader.ts";

/** Status of a task, reported by its leader. */
export type TaskReport = Omit<Check, "name">;

/** A task and who leads it. */
export interface TaskLease {
  readonly task: string;
  /** The process that leads it, or led it last. */
  readonly holder: string;
  /** Remaining time of the lease; 0: any process may take over. */
  readonly remainingMs: number;
  /** Null before the first one. */
  readonly report: TaskReport | null;
}

/** A process's claim to lead a task. */
export interface TaskHold {
  readonly task: string;
  /** Unique among processes. */
  readonly holder: string;
  readonly leaseMs: number;
  /** Absent: what was reported before stays. */
  readonly report?: TaskReport;
}

/**
 * Which process leads which task of the service's maintenance. Promised: at any time by the database's clock at most one
 * process leads a task, and one that is not heard of for the length of its lease leads it no more.
 * Not promised: that a leader knows at once that it has lost its lease. So a task is also safe to run twice at a time.
 */
export interface TaskLeases {
  /** Takes or extends the lease of the task, unless another process holds it: then false, and nothing was written. */
  hold(hold: TaskHold): Promise<boolean>;
  /** All tasks that were ever led. */
  list(): Promise<readonly TaskLease[]>;
  /** Ends the leases of a process that leaves, so that nobody waits for their end. */
  release(holder: string): Promise<void>;
}
