import type { Cue } from "./cue.ts";
import { cleanLines } from "./plain-text.ts";

/** A silence longer than this starts a paragraph, in seconds. */
const paragraphGapSeconds = 2;

/**
 * Cues as plain running text, in pieces: a new paragraph after each longer silence, and no line twice in a row.
 * Empty without cues, else it ends with a newline.
 */
export function* toText(cues: readonly Cue[]): Generator<string> {
  let spokenUntil = Number.NEGATIVE_INFINITY;
  let previous = "";
  let gap = "";
  for (const cue of [...cues].sort((one, other) => one.startSeconds - other.startSeconds)) {
    const lines = cleanLines(cue.text);
    if (lines.length === 0) continue;
    if (cue.startSeconds - spokenUntil > paragraphGapSeconds) gap = "\n\n";
    for (const line of lines) {
      if (line === previous) continue;
      yield previous === "" ? line : gap + line;
      gap = " ";
      previous = line;
    }
    spokenUntil = Math.max(spokenUntil, cue.endSeconds);
  }
  if (previous !== "") yield "\n";
}
