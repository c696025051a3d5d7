/**
 * What goes wrong with an answer. Everything is optional; an empty object is an answer without fault.
 * `latencyMs` and `bytesPerSecond` always apply, the rest to the first `times` requests (default: all of them).
 */
export interface ResponseFaults {
  /** Wait so long before the answer's head. */
  readonly latencyMs?: number;
  /** Send no faster than this. */
  readonly bytesPerSecond?: number;
  /** Answer with this status and no body. */
  readonly status?: number;
  /** Sent as `Retry-After` with `status`. */
  readonly retryAfterSeconds?: number;
  /** Answer 302 to this address. */
  readonly redirectTo?: string;
  /** Break the connection after so many bytes of body. */
  readonly cutAfterBytes?: number;
  /** Send nothing more after so many bytes of body, and keep the connection open. */
  readonly stallAfterBytes?: number;
  /** How many requests are affected; later ones are answered normally. */
  readonly times?: number;
}

/** Counts requests by key, so that a fault can hit the first few only. */
export interface FaultCounter {
  /** The faults that apply to the next request under `key`. */
  next(key: string, faults: ResponseFaults | undefined): ResponseFaults;
}

/** A counter that starts from nothing. */
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
