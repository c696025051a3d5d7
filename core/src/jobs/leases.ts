import type { Job } from "./job.ts";

/** Default length of the lease of an attempt: so long after its last heartbeat its worker counts as lost. */
export const defaultLeaseMs = 15_000;

/** How {@link Leases.releaseLost} looks for lost workers. */
export interface ReleaseOptions {
  /** A job that lost this many workers is stopped as a poison job. */
  readonly maxLostWorkers: number;
  readonly limit: number;
  /**
   * Length of the leases that workers take. Some process must call {@link Leases.releaseLost} or {@link Leases.markReachable}
   * at least every quarter of it. After half of it without any call the store counts as having been unreachable (`gapMs`), and then no lease counts as
   * expired until the store has been reachable for four thirds of it (`graceMs`; both in `rules/reachability.ts`).
   */
  readonly leaseMs: number;
}

/** The jobs of attempts whose lease expired. */
export interface LostAttempts {
  readonly requeued: readonly Job[];
  /** Jobs that lost `maxLostWorkers` workers and were stopped with `worker_lost`. */
  readonly failed: readonly Job[];
  /** Jobs whose attempt had not begun. */
  readonly unbegun: readonly Job[];
}

/** The leases of running attempts, and how jobs of lost workers are recovered. */
export interface Leases {
  /**
   * Attempts whose worker is lost because their lease expired while the store was reachable: `running` → `queued`, after a pause
   * that grows with each loss and to run alone from then on; or → `failed` when `maxLostWorkers` workers were lost.
   *
   * An attempt that had not begun (it has no stage) goes back to its place in the queue and counts as no loss: nothing of the job
   * has run, and often its worker lives and only the answer to its claim was lost.
   */
  releaseLost(options: ReleaseOptions): Promise<LostAttempts>;
  /**
   * Notes that the store is reachable, as {@link releaseLost} does, so that nobody takes the absence of the one process that
   * looks for lost workers for an outage. Writes nothing while nothing runs or when another process has just done so.
   */
  markReachable(leaseMs: number): Promise<void>;
  /** Expires the leases of these workers, so that {@link releaseLost} finds them at once; returns their number. */
  expire(workers: readonly string[]): Promise<number>;
  /** Names of the workers of this host that hold leases. */
  workersOn(host: string): Promise<readonly string[]>;
}
