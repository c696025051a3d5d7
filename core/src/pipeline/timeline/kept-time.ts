import type { TimeRange } from "./time-ranges.ts";

/**
 * Maps a time of the source to the timeline on which only these ranges are kept, one after the other. A binary search, since
 * a source may have thousands of cues and chapters.
 */
export function keptTime(ranges: readonly TimeRange[]): (seconds: number) => number {
  // An empty range keeps nothing; beside one that begins where it does, it would be found in its place.
  const kept = ranges
    .filter((range) => range.endSeconds > range.startSeconds)
    .sort((one, other) => one.startSeconds - other.startSeconds);
  const before: number[] = [];
  let sum = 0;
  for (const { startSeconds, endSeconds } of kept) {
    before.push(sum);
    sum += endSeconds - startSeconds;
  }
  return (seconds) => {
    let low = 0;
    let high = kept.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((kept[middle]?.startSeconds ?? 0) <= seconds) low = middle + 1;
      else high = middle;
    }
    const range = kept[low - 1];
    if (range === undefined) return 0;
    const inside = Math.min(seconds, range.endSeconds) - range.startSeconds;
    return (before[low - 1] ?? 0) + inside;
  };
}
