import { clampRanges, type TimeRange } from "./time-ranges.ts";

/** How sound is cut for a recogniser, in seconds. */
export interface PieceLengths {
  readonly piece: number;
  /** What two neighbours have in common, so that each word is whole in one of them. */
  readonly overlap: number;
}

/** Ranges that come closer are one: a recogniser needs what is said around a word. */
const nearestSeconds = 1;

/**
 * The pieces in which what is kept of a source is transcribed: what several results keep is transcribed once, and what none of
 * them keeps never.
 */
export function speechPieces(
  kept: readonly TimeRange[],
  durationSeconds: number,
  { piece, overlap }: PieceLengths,
): readonly TimeRange[] {
  const joined: TimeRange[] = [];
  for (const range of clampRanges(kept, durationSeconds)) {
    const last = joined.at(-1);
    if (last === undefined || range.startSeconds > last.endSeconds + nearestSeconds) joined.push(range);
    else joined[joined.length - 1] = { ...last, endSeconds: Math.max(last.endSeconds, range.endSeconds) };
  }
  return joined.flatMap(({ startSeconds, endSeconds }) => {
    const pieces: TimeRange[] = [];
    let at = startSeconds;
    // A rest that is hardly longer than the overlap goes with the piece before it.
    for (; endSeconds - at > piece + 2 * overlap; at += piece - overlap)
      pieces.push({ startSeconds: at, endSeconds: at + piece });
    return [...pieces, { startSeconds: at, endSeconds }];
  });
}
