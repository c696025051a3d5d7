import type { Job } from "./job.ts";

/** How {@link Leases.releaseLost} looks for lost workers. */
export interface ReleaseOptions {
  /** A job that took this many workers down is stopped. */
  readonly maxLostWorkers: number;
  readonly limit: number;
  /**
   * Length of the leases that workers take. Call at least four times as often: when the calls of everybody pause for half of
   * it, or the store's clock jumps by as much, the store counts as having been away, and no lease is believed to have run
   * out before it has been steady for a lease and a third.
   */
  readonly leaseMs: number;
}

/** What the sweep gives back from attempts whose lease ran out. */
export interface LostAttempts {
  readonly requeued: readonly Job[];
  /** Jobs that took `maxLostWorkers` workers down and were stopped with `worker_lost`. */
  readonly failed: readonly Job[];
}

/** The leases of running attempts: what becomes of jobs whose worker is gone. */
export interface Leases {
  /**
   * Attempts whose worker is lost because their lease ran out while the store was there: `running` → `queued`, after a pause
   * that grows with each loss and to run alone from then on; or → `failed` when `maxLostWorkers` workers were lost.
   */
  releaseLost(options: ReleaseOptions): Promise<LostAttempts>;
  /** Ends the leases of these workers for good, so that {@link releaseLost} finds them at once; returns how many there were. */
  expire(workers: readonly string[]): Promise<number>;
  /** Names of the workers of this host that hold leases. */
  workersOn(host: string): Promise<readonly string[]>;
}
