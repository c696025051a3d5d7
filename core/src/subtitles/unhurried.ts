import type { Clock } from "../runtime/clock.ts";

/** The longest piece of work in one go, in milliseconds. */
const longestMs = 10;

/**
 * Joins pieces that are made while they are taken, and lets others run in between: a day of captions takes a while to write.
 * Rejects with the signal's reason when it aborts meanwhile.
 */
export async function unhurried(pieces: Iterable<string>, clock: Clock, signal?: AbortSignal): Promise<string> {
  const taken: string[] = [];
  let since = clock.now().getTime();
  for (const piece of pieces) {
    taken.push(piece);
    const now = clock.now().getTime();
    // A clock that was put back counts as a long piece.
    if (now >= since && now - since < longestMs) continue;
    await clock.sleep(0, signal);
    since = clock.now().getTime();
  }
  return taken.join("");
}
