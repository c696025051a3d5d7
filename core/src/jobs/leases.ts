import type { Job } from "./job.ts";

/** How {@link Leases.releaseLost} looks for lost workers. */
export interface ReleaseOptions {
  /** A job that lost this many workers is stopped as a poison job. */
  readonly maxLostWorkers: number;
  readonly limit: number;
  /**
   * Length of the leases that workers take. Call at least four times as often: when all callers pause for half of it,
   * or the store's clock jumps by as much, the store counts as having been unreachable, and no lease counts as expired before
   * the store has been reachable for a lease and a third.
   */
  readonly leaseMs: number;
}

/** The jobs of attempts whose lease expired. */
export interface LostAttempts {
  readonly requeued: readonly Job[];
  /** Jobs that lost `maxLostWorkers` workers and were stopped with `worker_lost`. */
  readonly failed: readonly Job[];
}

/** The leases of running attempts, and how jobs of lost workers are recovered. */
export interface Leases {
  /**
   * Attempts whose worker is lost because their lease expired while the store was reachable: `running` → `queued`, after a pause
   * that grows with each loss and to run alone from then on; or → `failed` when `maxLostWorkers` workers were lost.
   */
  releaseLost(options: ReleaseOptions): Promise<LostAttempts>;
  /** Expires the leases of these workers, so that {@link releaseLost} finds them at once; returns their number. */
  expire(workers: readonly string[]): Promise<number>;
  /** Names of the workers of this host that hold leases. */
  workersOn(host: string): Promise<readonly string[]>;
}
