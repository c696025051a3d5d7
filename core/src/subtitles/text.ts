import type { Cue } from "./cue.ts";
import { cleanLines } from "./plain-text.ts";

/** A silence longer than this starts a paragraph, in seconds. */
const paragraphGapSeconds = 2;

/**
 * Cues as plain running text, in pieces: a new paragraph after each longer silence. What is said again is written again.
 * Empty without cues, else it ends with a newline.
 */
export function* toText(cues: readonly Cue[]): Generator<string> {
  let spokenUntil = Number.NEGATIVE_INFINITY;
  let gap = "";
  let isEmpty = true;
  for (const cue of [...cues].sort((one, other) => one.startSeconds - other.startSeconds)) {
    const lines = cleanLines(cue.text);
    if (lines.length === 0) continue;
    if (cue.startSeconds - spokenUntil > paragraphGapSeconds && !isEmpty) gap = "\n\n";
    for (const line of lines) {
      yield gap + line;
      gap = " ";
      isEmpty = false;
    }
    spokenUntil = Math.max(spokenUntil, cue.endSeconds);
  }
  if (!isEmpty) yield "\n";
}
