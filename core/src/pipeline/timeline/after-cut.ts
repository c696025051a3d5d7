import { keptTime } from "./kept-time.ts";
import type { TimeRange } from "./time-ranges.ts";

/** Shorter chapters are remains of cuts that only clutter a player's list, in seconds. */
export const shortestChapter = 0.5;

/**
 * Moves chapters or cues onto the timeline that is left when only these time ranges are kept; null keeps everything. What
 * was cut out is dropped, and so is what a cut leaves shorter than `shortestSeconds`.
 */
export function afterCut<T extends TimeRange>(
  items: readonly T[],
  keep: readonly TimeRange[] | null,
  shortestSeconds = 0,
): readonly T[] {
  if (keep === null) return items;
  const moved = keptTime(keep);
  return items
    .map((item) => ({ ...item, startSeconds: moved(item.startSeconds), endSeconds: moved(item.endSeconds) }))
    .filter(
      ({ startSeconds, endSeconds }) => endSeconds > startSeconds && endSeconds - startSeconds >= shortestSeconds,
    );
}
