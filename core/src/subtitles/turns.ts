import type { Clock } from "../runtime/clock.ts";

/** The longest piece of work in one go, in milliseconds. */
const longestMs = 10;

/**
 * Gives a function to await inside a long loop: it lets others run when the loop has held the thread for long enough, and
 * rejects with the signal's reason when it aborts meanwhile.
 */
export function takeTurns(clock: Clock, signal?: AbortSignal): () => Promise<void> {
  let since = clock.now().getTime();
  return async () => {
    const now = clock.now().getTime();
    // A clock that was put back counts as a long piece.
    if (now >= since && now - since < longestMs) return;
    await clock.sleep(0, signal);
    since = clock.now().getTime();
  };
}
