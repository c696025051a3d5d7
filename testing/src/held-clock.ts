import type { Clock } from "@vidferry/core";

/** A clock that advances only when the test says so, and wakes those who sleep on it. */
export interface HeldClock extends Clock {
  /** Lets this many milliseconds pass. */
  advance(ms: number): void;
}

/** Makes a {@link HeldClock}. It starts at the host's time, to the millisecond. */
export function createHeldClock(): HeldClock {
  let time = Date.now();
  const sleepers = new Set<{ readonly until: number; wake(): void }>();
  return {
    now: () => new Date(time),
    sleep: (ms, signal) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const sleeper = { until: time + ms, wake: resolve };
      const onAbort = () => reject(signal?.reason);
      if (signal?.aborted) onAbort();
      signal?.addEventListener("abort", onAbort, { once: true });
      if (ms <= 0) resolve();
      sleepers.add(sleeper);
      return promise.finally(() => {
        sleepers.delete(sleeper);
        signal?.removeEventListener("abort", onAbort);
      });
    },
    advance: (ms) => {
      time += ms;
      for (const sleeper of sleepers) if (sleeper.until <= time) sleeper.wake();
    },
  };
}
