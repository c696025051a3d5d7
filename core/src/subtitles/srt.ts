import type { Cue } from "./cue.ts";
import { timedLines } from "./timing.ts";

/**
 * Cues as SubRip, in pieces. The format has no escapes, so an arrow that would be parsed as a timing line is replaced by `→`;
 * blank lines, which would end a cue, are left out.
 */
export function* toSrt(cues: readonly Cue[]): Generator<string> {
  let number = 0;
  for (const { start, end, lines } of timedLines(cues, ",")) {
    number += 1;
    const text = lines.map((line) => line.replaceAll("-->", "→")).join("\n");
    yield `${number === 1 ? "" : "\n"}${number}\n${start} --> ${end}\n${text}\n`;
  }
}
