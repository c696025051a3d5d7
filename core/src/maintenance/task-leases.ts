import type { Check } from "../pipeline/downloader.ts";

/** How a task fares, as its leader says. */
export type TaskReport = Omit<Check, "name">;

/** A task and who leads it. */
export interface TaskLease {
  readonly task: string;
  /** The process that leads it, or led it last. */
  readonly holder: string;
  /** For how long it still leads at least if nothing is heard of it; 0: anybody may take over. */
  readonly remainingMs: number;
  /** Null before the first one. */
  readonly report: TaskReport | null;
}

/** What a process that wants to lead a task says. */
export interface TaskHold {
  readonly task: string;
  /** Unique among processes. */
  readonly holder: string;
  readonly leaseMs: number;
  /** Absent: what was reported before stays. */
  readonly report?: TaskReport;
}

/**
 * Which process leads which task of the service's maintenance. Promised: at any moment of the database's time at most one
 * process leads a task, and one that is not heard of for the length of its lease leads it no more.
 * Not promised: that a leader knows at once that it has lost its lease. So a task is also safe to run twice at a time.
 */
export interface TaskLeases {
  /** Leads the task from now on for so long, unless somebody else does: then false, and nothing was written. */
  hold(hold: TaskHold): Promise<boolean>;
  /** All tasks that were ever led. */
  list(): Promise<readonly TaskLease[]>;
  /** Ends the leases of a process that leaves, so that nobody waits for their end. */
  release(holder: string): Promise<void>;
}
