import type { Cue } from "./cue.ts";
import { cleanLines } from "./plain-text.ts";

/** A silence longer than this starts a paragraph, in seconds. */
const paragraphGapSeconds = 2;

/**
 * Cues as a text to read: running lines, a paragraph after each longer silence, and no line twice in a row.
 * Empty when there is nothing to say, else it ends with a newline.
 */
export function toText(cues: readonly Cue[]): string {
  const paragraphs: string[][] = [];
  let spokenUntil = Number.NEGATIVE_INFINITY;
  let previous = "";
  for (const cue of [...cues].sort((one, other) => one.startSeconds - other.startSeconds)) {
    const lines = cleanLines(cue.text);
    if (lines.length === 0) continue;
    if (paragraphs.length === 0 || cue.startSeconds - spokenUntil > paragraphGapSeconds) paragraphs.push([]);
    for (const line of lines) {
      if (line !== previous) paragraphs.at(-1)?.push(line);
      previous = line;
    }
    spokenUntil = Math.max(spokenUntil, cue.endSeconds);
  }
  const written = paragraphs.filter((lines) => lines.length > 0).map((lines) => lines.join(" "));
  return written.length === 0 ? "" : `${written.join("\n\n")}\n`;
}
