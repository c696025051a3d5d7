import { AppError } from "../../../errors/app-error.ts";
import type { DownloadRequest } from "../../../jobs/request.ts";
import { clipsOf } from "../../../jobs/request-cuts.ts";
import { clipBehindEnd } from "../../../pipeline/timeline/kept-ranges.ts";
import { type HostPolicy, isPageAllowed } from "../../../sources/source-url.ts";
import { dateOf, isOnAir } from "./describe.ts";
import type { Info } from "./info.ts";
import type { YtDlpOptions } from "./options.ts";

/** Refuses media of a page that the host policy does not allow: a link may redirect, or embed another site's player. */
export function admitPage(info: Info, policy: HostPolicy | undefined): void {
  if (!info.webpage_url || isPageAllowed(info.webpage_url, policy)) return;
  const host = URL.parse(info.webpage_url)?.host ?? "a page that cannot be named";
  throw new AppError("host_not_allowed", `It leads to ${host.slice(0, 200)}, which is not allowed here.`);
}

/**
 * Refuses what cannot or must not be downloaded, before fetching: live streams that are not recorded (`live_not_supported`,
 * `live_not_started`; both with the stream's start as `retryAt`), lists (`unsupported_url`), clips behind the end
 * (`format_unavailable`) and what is too long (`too_long`).
 */
export function admit(
  info: Info,
  request: DownloadRequest,
  { maxDurationSeconds = null, liveSeconds = null }: NonNullable<YtDlpOptions["limits"]>,
): void {
  if (info._type === "playlist") {
    throw new AppError("unsupported_url", "This is a list of videos, not one video.", {
      hint: "POST /api/v1/probe lists its videos; send the link of one of them.",
    });
  }
  if (info.live_status === "is_upcoming") {
    throw new AppError("live_not_started", undefined, startOf(info));
  }
  if (info.live_status === "post_live") {
    throw new AppError(
      "live_not_supported",
      "The live stream is over, and its recording is not ready yet.",
      startOf(info),
    );
  }
  if (isOnAir(info)) {
    if (liveSeconds === null)
      throw new AppError("live_not_supported", "The live stream is on air, and is not recorded.", startOf(info));
    if (request.output.type === "transcript")
      throw new AppError("live_not_supported", "There is no transcript before the end of a stream.", startOf(info));
    return;
  }
  if (request.output.type === "transcript") return;
  const duration = info.duration ?? null;
  for (const [index, clip] of clipsOf(request).entries()) {
    const number = Array.isArray(request.clip) ? index + 1 : null;
    if (duration !== null && clip.startSeconds > duration + roughness)
      throw clipBehindEnd({ ...clip, number }, duration);
  }
  admitLength(info, request, maxDurationSeconds);
}

/** Refuses media that is too long (`too_long`). */
export function admitLength(info: Info, request: DownloadRequest, maxDurationSeconds: number | null): void {
  if (maxDurationSeconds === null) return;
  const seconds = wantedSeconds(info.duration ?? null, request);
  if (seconds !== null && seconds > maxDurationSeconds) {
    throw new AppError("too_long", `It is ${Math.ceil(seconds)} s long; at most ${maxDurationSeconds} s are allowed.`);
  }
}

/** What a page says of a length is rounded, in seconds; the media itself decides within it. */
const roughness = 2;

function startOf(info: Info): { retryAt?: Date } {
  const start = dateOf(info.release_timestamp);
  return start === null ? {} : { retryAt: start };
}

/** How much of the video is wanted, in seconds; null when unknown. */
function wantedSeconds(duration: number | null, request: DownloadRequest): number | null {
  const clips = clipsOf(request);
  if (clips.length === 0) return duration;
  const lengths = clips.map(({ startSeconds, endSeconds }) => {
    const end = Math.min(endSeconds ?? Number.POSITIVE_INFINITY, duration ?? Number.POSITIVE_INFINITY);
    return Math.max(0, end - startSeconds);
  });
  const sum = lengths.reduce((one, other) => one + other, 0);
  return Number.isFinite(sum) ? sum : null;
}
