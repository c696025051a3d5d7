import type { Clock } from "../runtime/clock.ts";
import type { Cue } from "./cue.ts";
import { yieldRegularly } from "./yield-regularly.ts";

/** Cues in one line: written and read without a yield. */
const cuesALine = 500;

/** Cues as lines of JSON, in pieces: the lossless form in which they are kept between two steps. */
export function* toCueLines(cues: readonly Cue[]): Generator<string> {
  for (let from = 0; from < cues.length; from += cuesALine) {
    yield `${JSON.stringify(cues.slice(from, from + cuesALine))}\n`;
  }
}

/** Reads what {@link toCueLines} wrote; rejects with the signal's reason when it aborts meanwhile. */
export async function fromCueLines(text: string, clock: Clock, signal?: AbortSignal): Promise<readonly Cue[]> {
  const cues: Cue[] = [];
  const pause = yieldRegularly(clock, signal);
  for (const line of text.split("\n")) {
    if (line !== "") cues.push(...(JSON.parse(line) as Cue[]));
    await pause();
  }
  return cues;
}
