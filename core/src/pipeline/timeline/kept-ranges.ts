import { AppError } from "../../errors/app-error.ts";
import type { Media } from "../../jobs/media.ts";
import type { DownloadRequest } from "../../jobs/request.ts";
import type { Segment } from "../downloader.ts";
import type { MediaFile } from "../transcoder.ts";
import { clampRanges, isWhole, type TimeRange } from "./time-ranges.ts";

/** Shorter ranges are dropped: they contain no key frame and would only be glitches. */
const shortestPieceSeconds = 0.5;

/** What is left of the clip (or of everything) when the marked segments are cut out; null: everything stays. */
export function keptRanges(
  request: Pick<DownloadRequest, "clip">,
  segments: readonly Segment[],
  durationSeconds: number | null,
): readonly TimeRange[] | null {
  if (request.clip === undefined && segments.length === 0) return null;
  const { startSeconds = 0, endSeconds = Number.POSITIVE_INFINITY } = request.clip ?? {};
  const [bounds] = clampRanges([{ startSeconds, endSeconds }], durationSeconds);
  if (bounds === undefined) {
    const end = Math.floor(durationSeconds ?? endSeconds);
    throw new AppError("format_unavailable", `The clip starts at ${startSeconds} s, but the video ends at ${end} s.`, {
      hint: "Choose a clip inside the video.",
    });
  }
  const end = bounds.endSeconds;
  const kept: TimeRange[] = [];
  let at = bounds.startSeconds;
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
  return isWhole(kept, durationSeconds) ? null : kept;
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
