import type { Clock } from "../runtime/clock.ts";
import { takeTurns } from "./turns.ts";

/**
 * Joins pieces that are made while they are taken, and lets others run in between: a day of captions takes a while to write.
 * Rejects with the signal's reason when it aborts meanwhile.
 */
export async function unhurried(pieces: Iterable<string>, clock: Clock, signal?: AbortSignal): Promise<string> {
  const taken: string[] = [];
  const turn = takeTurns(clock, signal);
  for (const piece of pieces) {
    taken.push(piece);
    await turn();
  }
  return taken.join("");
}
