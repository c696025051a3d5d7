/** A time range on the source's timeline. */
export interface TimeRange {
  readonly startSeconds: number;
  readonly endSeconds: number;
}

/** The time ranges clamped to the media: in order, none beyond its end, none empty. An unknown duration limits nothing. */
export function clampRanges(ranges: readonly TimeRange[], durationSeconds: number | null): TimeRange[] {
  const end = durationSeconds ?? Number.POSITIVE_INFINITY;
  return ranges
    .map((range) => ({ startSeconds: Math.max(0, range.startSeconds), endSeconds: Math.min(range.endSeconds, end) }))
    .filter((range) => range.endSeconds > range.startSeconds)
    .sort((a, b) => a.startSeconds - b.startSeconds);
}

/** Total duration of time ranges that do not overlap, in seconds. */
export function totalSeconds(ranges: readonly TimeRange[]): number {
  return ranges.reduce((sum, range) => sum + (range.endSeconds - range.startSeconds), 0);
}

/** Whether these ranges are one that keeps the whole media. */
export function isWhole([first, ...rest]: readonly TimeRange[], durationSeconds: number | null): boolean {
  return first?.startSeconds === 0 && first.endSeconds === durationSeconds && rest.length === 0;
}
