import type { Clock } from "../runtime/clock.ts";

/** A clock that moves only when it is told to. Nobody sleeps on it: what it is for reads the time alone. */
export interface HeldClock extends Clock {
  /** Lets this many milliseconds pass. */
  advance(ms: number): void;
}

/** Makes a {@link HeldClock}. It starts at the host's time, to the millisecond. */
export function createHeldClock(): HeldClock {
  let time = Date.now();
  return {
    now: () => new Date(time),
    sleep: () => Promise.reject(new Error("nobody sleeps on a clock that is held")),
    advance: (ms) => {
      time += ms;
    },
  };
}
