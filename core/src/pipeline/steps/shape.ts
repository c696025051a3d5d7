import { joinPieces } from "../../subtitles/join-pieces.ts";
import { toSrt } from "../../subtitles/srt.ts";
import type { Attempt } from "../attempt.ts";
import type { Resolution } from "../downloader.ts";
import { defineStep, type Step } from "../step.ts";
import { cuesAfterCut } from "../timeline/cues-after-cut.ts";
import type { Cut } from "../timeline/cut.ts";
import type { MediaFile, Recipe } from "../transcoder.ts";
import { type CaptionTrack, readCues } from "./fetch-captions.ts";
import { makeRecipe, titleOf } from "./recipe.ts";

/** A produced media file, and the recipe for it. */
export interface ShapedFile {
  readonly recipe: Recipe;
  readonly media: MediaFile;
  /** What the file is named after. */
  readonly title: string;
}

/** The inputs of {@link shapeMedia}; null: the request wants none inside the file. */
export type ShapeInputs = {
  readonly resolution: Step<Resolution>;
  readonly media: Step<readonly MediaFile[]>;
  readonly cuts: Step<readonly Cut[]>;
  readonly tracks: Step<readonly CaptionTrack[]> | null;
  readonly cover: Step<string | null> | null;
};

/** Makes the requested files from the fetched ones, one for each cut. */
export function shapeMedia(attempt: Attempt, inputs: ShapeInputs): Step<readonly ShapedFile[]> {
  const { deps, job, folder, limits } = attempt;
  const { request } = job;

  const subtitlesFor = async (cut: Cut, tracks: readonly CaptionTrack[], signal: AbortSignal) => {
    const subtitles: { path: string; language: string }[] = [];
    for (const [index, track] of tracks.entries()) {
      const cues = cuesAfterCut(await readCues(attempt, track, signal), cut);
      const text = await joinPieces(toSrt(cues), deps.clock, signal);
      const path = await folder.write(`embed-${cut.chapter?.number ?? 0}-${index}.srt`, text);
      subtitles.push({ path, language: track.language });
    }
    return subtitles;
  };

  return defineStep({
    name: "shape",
    stage: "processing",
    weight: 8,
    inputs,
    files: (shaped) => shaped.map(({ media }) => media.path),
    run: async ({ resolution: { media }, media: fetched, cuts, tracks, cover }, { signal, report }) => {
      const outputBase = `${folder.path}/result`;
      const files: ShapedFile[] = [];
      for (const [index, cut] of cuts.entries()) {
        const subtitles = await subtitlesFor(cut, tracks ?? [], signal);
        const recipe = makeRecipe({ request, media, inputs: fetched, cut, subtitles, cover, outputBase });
        const [first] = fetched;
        const isFinished = first !== undefined && deps.transcoder.isFinished(recipe);
        const made = isFinished
          ? first
          : await deps.transcoder.shape(recipe, {
              signal,
              timeoutMs: limits.timeoutMs,
              onProgress: (fraction) => report((index + fraction) / cuts.length),
            });
        files.push({ recipe, media: made, title: titleOf(media, cut) });
      }
      return files;
    },
  });
}
