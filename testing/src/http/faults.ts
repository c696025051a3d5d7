/**
 * Faults injected into a response. All are optional; an empty object injects none.
 * `latencyMs` and `bytesPerSecond` always apply, the rest to the first `times` requests (default: all of them).
 */
export interface ResponseFaults {
  /** Delay before the response head. */
  readonly latencyMs?: number;
  /** Throttle the body to this rate. */
  readonly bytesPerSecond?: number;
  /** Respond with this status and no body. */
  readonly status?: number;
  /** Sent as `Retry-After` with `status`. */
  readonly retryAfterSeconds?: number;
  /** Respond with a 302 to this URL. */
  readonly redirectTo?: string;
  /** Reset the connection after this many bytes of the body. */
  readonly cutAfterBytes?: number;
  /** Stall after this many bytes of the body, with the connection open. */
  readonly stallAfterBytes?: number;
  /** Number of affected requests; later ones are answered normally. */
  readonly times?: number;
}

/** Counts requests by key, so that a fault can hit the first few only. */
export interface FaultCounter {
  /** The faults that apply to the next request under `key`. */
  next(key: string, faults: ResponseFaults | undefined): ResponseFaults;
}

/** A counter that starts at zero. */
export function createFaultCounter(): FaultCounter {
  const hits = new Map<string, number>();
  return {
    next(key, faults = {}) {
      if (faults.times === undefined) return faults;
      const hit = hits.get(key) ?? 0;
      hits.set(key, hit + 1);
      if (hit < faults.times) return faults;
      const { latencyMs, bytesPerSecond } = faults;
      return {
        ...(latencyMs === undefined ? {} : { latencyMs }),
        ...(bytesPerSecond === undefined ? {} : { bytesPerSecond }),
      };
    },
  };
}
