import { clockTime } from "../clock-time.ts";

/** A piece of speech, as a transcript's JSON has it. */
export interface Segment {
  readonly startSeconds: number;
  readonly text: string;
}

/** A part of a transcript that fits into an assistant's context. */
export interface TranscriptPage {
  readonly text: string;
  /** The segment that the next page begins with; null: there are no more. */
  readonly nextCursor: number | null;
}

/** Letters of a page: some thousand tokens. */
const pageLetters = 12_000;

/** `[1:02:03] text`, a line a segment, from the segment `cursor` on. At least one segment is on each page. */
export function transcriptPage(segments: readonly Segment[], cursor: number, letters = pageLetters): TranscriptPage {
  const lines: string[] = [];
  let length = 0;
  for (let index = cursor; index < segments.length; index += 1) {
    const segment = segments[index];
    if (segment === undefined) break;
    const line = `[${clockTime(segment.startSeconds)}] ${segment.text.replaceAll("\n", " ")}`;
    if (lines.length > 0 && length + line.length > letters) return { text: lines.join("\n"), nextCursor: index };
    lines.push(line);
    length += line.length + 1;
  }
  return { text: lines.join("\n"), nextCursor: null };
}
