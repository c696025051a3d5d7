import type { Chapter } from "../../../jobs/media.ts";
import { keptTime } from "../../../library/kept-time.ts";
import type { TimeRange } from "../../../pipeline/transcoder.ts";

/** Chapters shorter than this are cut remains that only clutter a player's list. */
const shortestChapter = 0.5;

/** How long the kept stretches are together, in seconds. */
export function keptSeconds(ranges: readonly TimeRange[]): number {
  return ranges.reduce((sum, range) => sum + (range.endSeconds - range.startSeconds), 0);
}

/** The stretches within the media: in order, not beyond its end, none empty. An unknown duration limits nothing. */
export function clampRanges(ranges: readonly TimeRange[], durationSeconds: number | null): TimeRange[] {
  const end = durationSeconds ?? Number.POSITIVE_INFINITY;
  return ranges
    .map((range) => ({ startSeconds: Math.max(0, range.startSeconds), endSeconds: Math.min(range.endSeconds, end) }))
    .filter((range) => range.endSeconds > range.startSeconds)
    .sort((a, b) => a.startSeconds - b.startSeconds);
}

/** Chapters of the source on the timeline that is left after cutting; null keeps everything. What was cut away loses its chapter. */
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
