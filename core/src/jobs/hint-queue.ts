import type { JobHint } from "./dispatch.ts";
import type { Priority } from "./request-values.ts";

/** A hint that was received and must be acknowledged. */
export interface Delivery extends JobHint {
  /** Opaque; names the delivery to the queue. */
  readonly receipt: string;
}

export interface ReceiveOptions {
  /** At most this many hints. */
  readonly max: number;
  /** Resolve with nothing after this time. */
  readonly waitMs: number;
  readonly signal: AbortSignal;
}

/**
 * Delivers hints that a job may be run. The store decides, the queue delivers: a hint may be lost, late or duplicated, and
 * receivers cope with that. A hint says that a worker is needed; which job it runs, the store says, which alone knows whose
 * turn it is (`Attempts.claimNext`). So an owner's many hints stand in nobody's way. Promised: a hint that was offered is usually delivered to one receiver
 * within milliseconds; high lanes go first, but no lane starves; an unacknowledged delivery comes again later.
 * Not promised: delivery at all after the backing service lost its data; the maintenance task
 * `unoffered-jobs` offers again.
 */
export interface HintQueue {
  /** Offers jobs, at once or not before `delayMs`. Rejects with `unavailable` when the hints could not be sent. */
  offer(hints: readonly JobHint[], delayMs?: number): Promise<void>;
  /**
   * Waits for hints and takes up to `max`. Empty on timeout or abort. While the backing service is away it waits and
   * reconnects by itself instead of rejecting.
   */
  receive(options: ReceiveOptions): Promise<readonly Delivery[]>;
  /** Ends deliveries; call it once the store has been asked. */
  acknowledge(deliveries: readonly Delivery[]): Promise<void>;
  /** Hints waiting, by lane. */
  depth(): Promise<Readonly<Record<Priority, number>>>;
  /** Rejects unless the backing service answers; resolves with warnings about its settings. */
  check(signal?: AbortSignal): Promise<readonly string[]>;
  /** Ends receives that wait, and frees the connections. */
  close(): Promise<void>;
}
