import type { Check } from "../pipeline/downloader.ts";

/** Status of a task, reported by its leader. */
export type TaskReport = Omit<Check, "name">;

/** A task and who leads it. */
export interface TaskLease {
  readonly task: string;
  /** The process that leads it, or led it last. */
  readonly holder: string;
  /** Remaining time of the lease, in milliseconds; 0: any process may take over. */
  readonly remainingMs: number;
  /** Null before the first report. */
  readonly report: TaskReport | null;
}

/** A claim to lead a task. */
export interface TaskHold {
  readonly task: string;
  readonly leaseMs: number;
  /** Absent: the previous report stays. */
  readonly report?: TaskReport;
}

/**
 * Leader election for maintenance tasks, by leases. Promised: at any time, by the database's clock, at most one process leads a
 * task, and one that does not renew its lease loses it when it expires.
 * Not promised: that a leader notices at once that it has lost its lease. So a task must be safe to run twice at a time.
 */
export interface TaskLeases {
  /**
   * Takes or extends the leases of these tasks, each named once, in one write. Returns those that the process leads now; where another
   * process leads one, nothing was written.
   * @param holder unique among processes
   */
  hold(holder: string, holds: readonly TaskHold[]): Promise<ReadonlySet<string>>;
  /** All tasks that were ever led. */
  list(): Promise<readonly TaskLease[]>;
  /** Ends the leases of a process that shuts down, so that others need not wait until they expire. */
  release(holder: string): Promise<void>;
}
