import type { Cue } from "./cue.ts";
import { timedLines } from "./timing.ts";

/**
 * Cues as SubRip. The format has no escapes, so an arrow that would read as a timing line is replaced by `→`; blank
 * lines, which would end a cue, are left out.
 */
export function toSrt(cues: readonly Cue[]): string {
  return timedLines(cues, ",")
    .map(({ start, end, lines }, index) => {
      const text = lines.map((line) => line.replaceAll("-->", "→")).join("\n");
      return `${index + 1}\n${start} --> ${end}\n${text}\n`;
    })
    .join("\n");
}
