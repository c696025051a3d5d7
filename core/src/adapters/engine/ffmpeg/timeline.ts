import type { Chapter } from "../../../jobs/media.ts";
import { keptTime } from "../../../library/kept-time.ts";
import type { TimeRange } from "../../../pipeline/transcoder.ts";

/** Shorter chapters are remains of cuts that only clutter a player's list. */
const shortestChapter = 0.5;

/** Total duration of the kept time ranges, in seconds. */
export function keptSeconds(ranges: readonly TimeRange[]): number {
  return ranges.reduce((sum, range) => sum + (range.endSeconds - range.startSeconds), 0);
}

/** The time ranges clamped to the media: in order, none beyond its end, none empty. An unknown duration limits nothing. */
export function clampRanges(ranges: readonly TimeRange[], durationSeconds: number | null): TimeRange[] {
  const end = durationSeconds ?? Number.POSITIVE_INFINITY;
  return ranges
    .map((range) => ({ startSeconds: Math.max(0, range.startSeconds), endSeconds: Math.min(range.endSeconds, end) }))
    .filter((range) => range.endSeconds > range.startSeconds)
    .sort((a, b) => a.startSeconds - b.startSeconds);
}

/** Chapters of the source on the timeline that is left after cutting; null keeps everything. Chapters that were cut out are dropped. */
export function chaptersAfterCut(chapters: readonly Chapter[], ranges: readonly TimeRange[] | null): Chapter[] {
  if (ranges === null) return [...chapters];
  const moved = keptTime(ranges);
  return chapters
    .map((chapter) => ({
      ...chapter,
      startSeconds: moved(chapter.startSeconds),
      endSeconds: moved(chapter.endSeconds),
    }))
    .filter((chapter) => chapter.endSeconds - chapter.startSeconds >= shortestChapter);
}
