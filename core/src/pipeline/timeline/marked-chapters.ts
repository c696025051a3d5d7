import type { Chapter } from "../../jobs/media.ts";
import type { Segment } from "../downloader.ts";

/** What a video without chapters is taken for: one chapter of its own title. */
interface Whole {
  readonly title: string;
  /** Null: not known, so that nothing is put around the segments. */
  readonly durationSeconds: number | null;
}

/**
 * The chapters with these segments among them, each named as its category. Nothing overlaps: a segment splits the chapter that it
 * lies in, and one that begins inside another interrupts it. Without segments the chapters are left as they are.
 */
export function withMarkedChapters(
  chapters: readonly Chapter[],
  segments: readonly Segment[],
  whole: Whole,
): readonly Chapter[] {
  if (segments.length === 0) return chapters;
  const around =
    whole.durationSeconds === null ? [] : [{ title: whole.title, startSeconds: 0, endSeconds: whole.durationSeconds }];
  const marks = segments.map(({ category, startSeconds, endSeconds }) => ({
    title: category,
    startSeconds,
    endSeconds,
  }));
  // The last of those that hold a time is the one that is shown there.
  const layers = [...(chapters.length === 0 ? around : chapters), ...inOrder(marks)];
  const times = [...new Set(layers.flatMap(({ startSeconds, endSeconds }) => [startSeconds, endSeconds]))].sort(
    (one, other) => one - other,
  );
  const shown: { readonly from: Chapter; endSeconds: number; readonly startSeconds: number }[] = [];
  for (const [index, startSeconds] of times.slice(0, -1).entries()) {
    const endSeconds = times[index + 1] ?? startSeconds;
    const from = layers.findLast((layer) => layer.startSeconds <= startSeconds && layer.endSeconds >= endSeconds);
    const last = shown.at(-1);
    if (from === undefined) continue;
    if (last?.from === from && last.endSeconds === startSeconds) last.endSeconds = endSeconds;
    else shown.push({ from, startSeconds, endSeconds });
  }
  return shown.map(({ from: { title }, startSeconds, endSeconds }) => ({ title, startSeconds, endSeconds }));
}

const inOrder = (chapters: readonly Chapter[]): readonly Chapter[] =>
  [...chapters].sort((one, other) => one.startSeconds - other.startSeconds);
