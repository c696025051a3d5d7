import { AppError } from "../../errors/app-error.ts";
import type { Media } from "../../jobs/media.ts";
import type { Clip } from "../../jobs/request.ts";
import type { Segment } from "../downloader.ts";
import type { MediaFile, MediaStream } from "../transcoder.ts";
import { clampRanges, isWhole, type TimeRange } from "./time-ranges.ts";

/** Shorter ranges are dropped: they contain no key frame and would only be glitches. */
export const shortestPieceSeconds = 0.5;

/** A clip that is wanted, and its number where there are several. */
export type WantedClip = Pick<Clip, "startSeconds" | "endSeconds"> & { readonly number?: number | null };

/** What is left of the clip (or of everything) when these segments are cut out; null: everything stays. */
export function keptRanges(
  clip: WantedClip | null,
  segments: readonly Segment[],
  durationSeconds: number | null,
): readonly TimeRange[] | null {
  if (clip === null && segments.length === 0) return null;
  const { startSeconds = 0, endSeconds = Number.POSITIVE_INFINITY } = clip ?? {};
  const [bounds] = clampRanges([{ startSeconds, endSeconds }], durationSeconds);
  if (bounds === undefined) throw clipBehindEnd({ ...clip, startSeconds }, durationSeconds ?? endSeconds);
  const kept = leftOf(bounds, segments);
  if (kept.length === 0) {
    const what = clip === null ? "everything" : `all of ${nameOf(clip).toLowerCase()}`;
    throw new AppError("format_unavailable", `The marked segments cover ${what}, so nothing would be left.`, {
      hint: "Leave out sponsorBlock, or choose fewer categories.",
    });
  }
  return isWhole(kept, durationSeconds) ? null : kept;
}

/** What is left of a range when these segments are cut out, in order; empty: nothing. */
export function leftOf({ startSeconds, endSeconds }: TimeRange, segments: readonly TimeRange[]): TimeRange[] {
  const kept: TimeRange[] = [];
  let at = startSeconds;
  for (const segment of [...segments].sort((a, b) => a.startSeconds - b.startSeconds)) {
    if (segment.endSeconds <= at || segment.startSeconds >= endSeconds) continue;
    if (segment.startSeconds - at >= shortestPieceSeconds)
      kept.push({ startSeconds: at, endSeconds: segment.startSeconds });
    at = Math.max(at, segment.endSeconds);
  }
  if (endSeconds - at >= shortestPieceSeconds || (kept.length === 0 && at < endSeconds))
    kept.push({ startSeconds: at, endSeconds });
  return kept;
}

/** The refusal of a clip that starts where the video has ended. */
export function clipBehindEnd(clip: WantedClip, endSeconds: number): AppError {
  const detail = `${nameOf(clip)} starts at ${clip.startSeconds} s, but the video ends at ${Math.floor(endSeconds)} s.`;
  return new AppError("format_unavailable", detail, { hint: "Choose a clip inside the video." });
}

const nameOf = ({ number }: WantedClip): string => (number == null ? "The clip" : `Clip ${number}`);

/** How long the fetched media is, in seconds; where it is not known, what the source says; null when unknown. */
export function sourceDuration(inputs: readonly MediaFile[], media: Media): number | null {
  return longestDuration(inputs) ?? media.durationSeconds;
}

/** When the last of these files ends on the timeline of the source, in seconds; null when unknown. */
export function longestDuration(inputs: readonly MediaFile[]): number | null {
  const ends = inputs.flatMap(({ durationSeconds, beginsAtSeconds = 0 }) =>
    durationSeconds === null ? [] : [beginsAtSeconds + durationSeconds],
  );
  return ends.length === 0 ? null : Math.max(...ends);
}

/** How long a stream of a file is, in seconds: as long as the file, unless that says otherwise. Null when unknown. */
export function streamDuration({ durationSeconds: longest }: MediaFile, stream: MediaStream): number | null {
  const { durationSeconds: own = longest } = stream;
  return own === null || longest === null ? longest : Math.min(own, longest);
}
