import { AppError } from "../errors/app-error.ts";
import type { Media } from "../jobs/media.ts";
import type { DownloadRequest } from "../jobs/request.ts";
import type { Segment } from "./downloader.ts";
import type { MediaFile, TimeRange } from "./transcoder.ts";

/** Shorter ranges are dropped: they contain no key frame and would only be glitches. */
const shortestPieceSeconds = 0.5;

/** What is left of the clip (or of everything) when the marked segments are cut out; null: everything stays. */
export function keptRanges(
  request: Pick<DownloadRequest, "clip">,
  segments: readonly Segment[],
  durationSeconds: number | null,
): readonly TimeRange[] | null {
  if (request.clip === undefined && segments.length === 0) return null;
  const start = request.clip?.startSeconds ?? 0;
  const end = Math.min(
    request.clip?.endSeconds ?? Number.POSITIVE_INFINITY,
    durationSeconds ?? Number.POSITIVE_INFINITY,
  );
  if (start >= end) {
    throw new AppError(
      "format_unavailable",
      `The clip starts at ${start} s, but the video ends at ${Math.floor(end)} s.`,
      {
        hint: "Choose a clip inside the video.",
      },
    );
  }
  const kept: TimeRange[] = [];
  let at = start;
  for (const segment of [...segments].sort((a, b) => a.startSeconds - b.startSeconds)) {
    if (segment.endSeconds <= at || segment.startSeconds >= end) continue;
    if (segment.startSeconds - at >= shortestPieceSeconds)
      kept.push({ startSeconds: at, endSeconds: segment.startSeconds });
    at = Math.max(at, segment.endSeconds);
  }
  if (kept.length === 0 && at >= end) {
    throw new AppError("format_unavailable", "The marked segments cover everything, so nothing would be left.", {
      hint: "Leave out sponsorBlock, or choose fewer categories.",
    });
  }
  if (end - at >= shortestPieceSeconds || kept.length === 0) kept.push({ startSeconds: at, endSeconds: end });
  const [only] = kept;
  const isWhole =
    kept.length === 1 && only !== undefined && only.startSeconds === 0 && only.endSeconds === durationSeconds;
  return isWhole ? null : kept.filter((range) => Number.isFinite(range.endSeconds) || durationSeconds === null);
}

/** How long the fetched media is, in seconds; where it is not known, what the source says; null when unknown. */
export function sourceDuration(inputs: readonly MediaFile[], media: Media): number | null {
  return longestDuration(inputs) ?? media.durationSeconds;
}

/** How long the longest of these files is, in seconds; null when unknown. */
export function longestDuration(inputs: readonly MediaFile[]): number | null {
  const durations = inputs.map((input) => input.durationSeconds).filter((value) => value !== null);
  return durations.length === 0 ? null : Math.max(...durations);
}
