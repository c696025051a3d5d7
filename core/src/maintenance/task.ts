/** Why a task refrains from pending work, and what an operator can do about it. */
export interface HeldBack {
  readonly detail: string;
  readonly fix: string;
}

/** One kind of maintenance. Each run is safe to repeat, and to run twice at a time. */
export interface MaintenanceTask {
  /** Two or three words with hyphens; shown in health and in the log. */
  readonly name: string;
  /** Only one process of the service, its leader, runs it at a time. Absent: every process runs it. */
  readonly oneLeader?: boolean;
  /** Period in milliseconds, with a jitter of a quarter. */
  readonly everyMs: number;
  /** A run that takes longer is aborted, counts as failed, and another process may lead the task; 10 minutes. */
  readonly budgetMs?: number;
  /** Before the first run, in milliseconds. Default: 0. */
  readonly firstAfterMs?: number;
  /** Longest pause after failures, in milliseconds; the period, or 15 s where that is longer. */
  readonly longestPauseMs?: number;
  /**
   * Does the pending work. Rejects when a part of it failed, after all other parts are done.
   * @param signal aborts when the process wants to end, when the budget is used up, and when another process leads the task.
   */
  run(signal: AbortSignal): Promise<unknown>;
  /** Why the latest run did less than there was to do although nothing failed; null when it did all. Shown in health. */
  heldBack?(): HeldBack | null;
  /** Waits for what goes on after a run, when the process stops; no run follows. */
  end?(): Promise<void>;
}
