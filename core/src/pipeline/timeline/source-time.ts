import type { TimeRange } from "./time-ranges.ts";

/** Maps a time of a result to the source's, where only these ranges were kept; null: everything was. */
export function sourceTime(kept: readonly TimeRange[] | null): (seconds: number) => number {
  return (seconds) => {
    let left = seconds;
    for (const { startSeconds, endSeconds } of kept ?? []) {
      const length = endSeconds - startSeconds;
      if (left < length) return startSeconds + left;
      left -= length;
    }
    return kept === null ? seconds : (kept.at(-1)?.endSeconds ?? seconds);
  };
}
