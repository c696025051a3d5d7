import type { Clock } from "../runtime/clock.ts";
import { yieldRegularly } from "./yield-regularly.ts";

/**
 * Joins lazily generated pieces into one text and yields to the event loop in between: captions of a whole day take a while.
 * Rejects with the signal's reason when it aborts meanwhile.
 */
export async function joinPieces(pieces: Iterable<string>, clock: Clock, signal?: AbortSignal): Promise<string> {
  const taken: string[] = [];
  const pause = yieldRegularly(clock, signal);
  for (const piece of pieces) {
    taken.push(piece);
    await pause();
  }
  return taken.join("");
}
