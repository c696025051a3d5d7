import type { Media } from "../../jobs/media.ts";
import type { DownloadRequest } from "../../jobs/request.ts";
import { clipsOf, segmentWishes } from "../../jobs/request-cuts.ts";
import type { Attempt } from "../attempt.ts";
import type { Resolution, Segment } from "../downloader.ts";
import { defineStep, type Step } from "../step.ts";
import type { Cut } from "../timeline/cut.ts";
import { keptRanges, sourceDuration } from "../timeline/kept-ranges.ts";
import { clampRanges } from "../timeline/time-ranges.ts";
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
    run: async ({ resolution, media: fetched }, { signal }) => {
      const duration = sourceDuration(fetched, resolution.media);
      const target = targetOf(request.output);
      const sound = soundOf(request.output);
      const cuts: Cut[] = [];
      for (const cut of wantedCuts(request, resolution.media, resolution.segments, duration)) {
        const recipe = { inputs: fetched, target, ...sound, keep: cut.kept, exact: cut.exact };
        cuts.push({ ...cut, kept: await deps.transcoder.alignCuts(recipe, { signal }) });
      }
      return cuts;
    },
  });
}

/** What the request wants to be kept, wherever the key frames are. */
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
  const split = request.chapters === "split" ? media.chapters : [];
  const chapters = split.flatMap(({ title, startSeconds, endSeconds }, index): Cut[] => {
    const kept = clampRanges([{ startSeconds, endSeconds }], durationSeconds);
    return kept.length === 0 ? [] : [{ kept, exact, part: { number: index + 1, title }, durationSeconds }];
  });
  if (chapters.length > 0) return chapters;
  const clips = clipsOf(request);
  if (clips.length === 0)
    return [{ kept: keptRanges(null, removed, durationSeconds), exact, part: null, durationSeconds }];
  const areSeveral = Array.isArray(request.clip);
  return clips.map((clip, index): Cut => {
    const part = areSeveral ? { number: index + 1, title: null } : null;
    const kept = keptRanges({ ...clip, number: part?.number ?? null }, removed, durationSeconds);
    return { kept, exact: exact || clip.exact, part, durationSeconds };
  });
}
