import type { Clock } from "../runtime/clock.ts";

/** Longest time on the thread without a yield, in milliseconds. */
const longestMs = 10;

/**
 * Returns a function to await in each round of a long loop: it yields to the event loop when the thread was held for long
 * enough, and rejects with the signal's reason when it aborts meanwhile.
 */
export function yieldRegularly(clock: Clock, signal?: AbortSignal): () => Promise<void> {
  let since = clock.now().getTime();
  return async () => {
    const now = clock.now().getTime();
    // After a clock that was set back, yield.
    if (now >= since && now - since < longestMs) return;
    await clock.sleep(0, signal);
    since = clock.now().getTime();
  };
}
