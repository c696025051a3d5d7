import type { Warning } from "../../jobs/job.ts";
import type { Media } from "../../jobs/media.ts";
import type { Clip, DownloadRequest } from "../../jobs/request.ts";
import { clipsOf, segmentWishes } from "../../jobs/request-cuts.ts";
import type { Attempt } from "../attempt.ts";
import type { Resolution, Segment } from "../downloader.ts";
import { defineStep, type Step } from "../step.ts";
import type { Cut } from "../timeline/cut.ts";
import { keptRanges, leftOf, shortestPieceSeconds, sourceDuration } from "../timeline/kept-ranges.ts";
import { clampRanges, totalSeconds } from "../timeline/time-ranges.ts";
import type { MediaFile } from "../transcoder.ts";
import { burnsIn, soundOf, targetOf } from "./recipe.ts";

/** Decides where the results are cut: one result, or one for each chapter or clip. */
export function decideCuts(
  { deps, job }: Attempt,
  inputs: { readonly resolution: Step<Resolution>; readonly media: Step<readonly MediaFile[]> },
): Step<readonly Cut[]> {
  const { request } = job;
  return defineStep({
    name: "cut",
    stage: "processing",
    weight: 0.5,
    inputs,
    run: async ({ resolution, media: fetched }, { signal, warn }) => {
      const duration = sourceDuration(fetched, resolution.media);
      for (const warning of unmetCuts(request, resolution.media, duration)) warn(warning);
      const target = targetOf(request.output);
      const sound = soundOf(request.output);
      const clock = clockOf(fetched);
      const cuts: Cut[] = [];
      for (const cut of wantedCuts(request, resolution.media, resolution.segments, duration)) {
        const recipe = { inputs: fetched, target, ...sound, keep: cut.kept, exact: cut.exact };
        cuts.push({ ...cut, ...clock, kept: await deps.transcoder.alignCuts(recipe, { signal }) });
      }
      return cuts;
    },
  });
}

/** When the source begins on its clock, by those of its files that have it. */
export function clockOf(files: readonly MediaFile[]): Pick<Cut, "clockStartSeconds"> {
  const starts = files.flatMap(({ format, transportSeconds, startSeconds, beginsAtSeconds = 0 }) => {
    const start = transportSeconds ?? (/^(mpegts|mov,)/.test(format) ? startSeconds : null);
    return start === null ? [] : [start - beginsAtSeconds];
  });
  return starts.length === 0 ? {} : { clockStartSeconds: Math.min(...starts) };
}

/** What the request wants to be kept, wherever the key frames are: chapters only where there are some to split by. */
export function wantedCuts(
  request: Pick<DownloadRequest, "clip" | "chapters" | "sponsorBlock" | "exactCuts" | "subtitles">,
  media: Pick<Media, "chapters">,
  segments: readonly Segment[],
  durationSeconds: number | null,
): readonly Cut[] {
  // Where the picture is encoded anyway, cutting it between key frames costs nothing more.
  const exact = request.exactCuts || burnsIn(request.subtitles);
  const { remove } = segmentWishes(request);
  const removed = segments.filter(({ category }) => remove.some((one) => one === category));
  const clips = clipsOf(request);
  const chapters =
    request.chapters === "split" ? chapterCuts(media, clips[0], removed, { durationSeconds, exact }) : [];
  if (chapters.length > 0) return chapters;
  if (clips.length === 0)
    return [{ kept: keptRanges(null, removed, durationSeconds), exact, part: null, durationSeconds }];
  const areSeveral = Array.isArray(request.clip);
  return clips.map((clip, index): Cut => {
    const part = areSeveral ? { number: index + 1, title: null } : null;
    const kept = keptRanges({ ...clip, number: part?.number ?? null }, removed, durationSeconds);
    return { kept, exact: exact || clip.exact, part, durationSeconds };
  });
}

/** Sources and files round how long a video is, in seconds. */
const rounding = 1;

/** What of the wished cuts the source has not. */
export function unmetCuts(
  request: Pick<DownloadRequest, "clip" | "chapters">,
  { chapters, durationSeconds: said }: Pick<Media, "chapters" | "durationSeconds">,
  durationSeconds: number | null,
): readonly Warning[] {
  const warnings: Warning[] = [];
  if (request.chapters === "split" && chapters.length === 0)
    warnings.push({ code: "chapters_missing", detail: "The source names no chapters, so it was not split." });
  // Of a part that was fetched the file does not say where the video ends.
  const end = Math.max(durationSeconds ?? 0, said ?? 0);
  const clips = clipsOf(request);
  for (const [index, { endSeconds = 0 }] of clips.entries()) {
    if (end === 0 || endSeconds <= end + rounding) continue;
    const name = clips.length === 1 ? "The clip" : `Clip ${index + 1}`;
    const detail = `${name} was to end at ${endSeconds} s, but the video ends at ${Math.floor(end)} s, and the clip with it.`;
    warnings.push({ code: "clip_shortened", detail });
  }
  return warnings;
}

/** One cut for each chapter of which something is left in the clip, and beside the removed segments. */
function chapterCuts(
  { chapters }: Pick<Media, "chapters">,
  clip: Clip | undefined,
  removed: readonly Segment[],
  { durationSeconds, exact }: Pick<Cut, "durationSeconds" | "exact">,
): readonly Cut[] {
  const { startSeconds: from = 0, endSeconds: to = Number.POSITIVE_INFINITY } = clip ?? {};
  return chapters.flatMap(({ title, startSeconds, endSeconds }, index): Cut[] => {
    const inClip = { startSeconds: Math.max(startSeconds, from), endSeconds: Math.min(endSeconds, to) };
    const kept = clampRanges([inClip], durationSeconds).flatMap((range) => leftOf(range, removed));
    // A chapter may be as short as it likes, but what is left of one is a glitch.
    const isGlitch = totalSeconds(kept) < Math.min(shortestPieceSeconds, endSeconds - startSeconds);
    if (kept.length === 0 || isGlitch) return [];
    return [{ kept, exact: exact || clip?.exact === true, part: { number: index + 1, title }, durationSeconds }];
  });
}
