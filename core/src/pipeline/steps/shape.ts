import type { DownloadRequest } from "../../jobs/request.ts";
import { resultName } from "../../library/result-name.ts";
import { joinPieces } from "../../subtitles/join-pieces.ts";
import { fitting } from "../../subtitles/language-match.ts";
import { toSrt } from "../../subtitles/srt.ts";
import { toVtt } from "../../subtitles/vtt.ts";
import type { Attempt } from "../attempt.ts";
import type { Resolution } from "../downloader.ts";
import { defineStep, type Step } from "../step.ts";
import { cuesAfterCut } from "../timeline/cues-after-cut.ts";
import type { Cut } from "../timeline/cut.ts";
import type { MediaFile, Recipe } from "../transcoder.ts";
import { type CaptionTrack, readCues } from "./fetch-captions.ts";
import { burnsIn, makeRecipe } from "./recipe.ts";

/** A produced media file, and the recipe for it. */
export interface ShapedFile {
  readonly recipe: Recipe;
  readonly media: MediaFile;
  /** As `resultName` gives it. */
  readonly name: string;
}

/** The inputs of {@link shapeMedia}; null: the request wants none inside the file. */
export type ShapeInputs = {
  readonly resolution: Step<Resolution>;
  readonly media: Step<readonly MediaFile[]>;
  readonly cuts: Step<readonly Cut[]>;
  readonly tracks: Step<readonly CaptionTrack[]> | null;
  readonly cover: Step<string | null> | null;
};

/** The track that a request wants in the picture; null: none, or there is none. */
function burnedTrack(wanted: DownloadRequest["subtitles"], tracks: readonly CaptionTrack[]): CaptionTrack | null {
  if (wanted === undefined || !burnsIn(wanted)) return null;
  const { burnIn } = wanted;
  if (typeof burnIn !== "string" || burnIn === "original") return tracks[0] ?? null;
  return fitting(burnIn, tracks, ({ language }) => language)[0]?.item ?? null;
}

/** Makes the requested files from the fetched ones, one for each cut. */
export function shapeMedia(attempt: Attempt, inputs: ShapeInputs): Step<readonly ShapedFile[]> {
  const { deps, job, folder, limits } = attempt;
  const { request } = job;

  const subtitlesFor = async (cut: Cut, tracks: readonly CaptionTrack[], signal: AbortSignal) => {
    const subtitles: { path: string; language: string }[] = [];
    for (const [index, track] of tracks.entries()) {
      const cues = cuesAfterCut(await readCues(attempt, track, signal), cut, track.clock);
      const text = await joinPieces(toSrt(cues), deps.clock, signal);
      const path = await folder.write(`embed-${cut.part?.number ?? 0}-${index}.srt`, text);
      subtitles.push({ path, language: track.language });
    }
    return subtitles;
  };

  /** The captions to draw into the picture, as a file; null: none are wished for, or there are none. */
  const burnInFor = async (cut: Cut, tracks: readonly CaptionTrack[], signal: AbortSignal) => {
    const track = burnedTrack(request.subtitles, tracks);
    if (track === null) return null;
    const cues = cuesAfterCut(await readCues(attempt, track, signal), cut, track.clock);
    if (cues.length === 0) return null;
    const text = await joinPieces(toVtt(cues), deps.clock, signal);
    // The renderer would take a backslash for the beginning of a command; a joiner after it is not seen.
    return await folder.write(`burn-in-${cut.part?.number ?? 0}.vtt`, text.replaceAll("\\", "\\\u2060"));
  };

  return defineStep({
    name: "shape",
    stage: "processing",
    weight: 8,
    inputs,
    files: (shaped) => shaped.map(({ media }) => media.path),
    run: async ({ resolution: { media, segments }, media: fetched, cuts, tracks, cover }, { signal, report, warn }) => {
      const embeds = request.subtitles?.embed === true;
      if (burnsIn(request.subtitles) && burnedTrack(request.subtitles, tracks ?? []) === null) {
        warn({ code: "subtitles_missing", detail: "No subtitles are drawn into the picture: there are none to draw." });
      }
      const outputBase = `${folder.path}/result`;
      const files: ShapedFile[] = [];
      for (const [index, cut] of cuts.entries()) {
        const subtitles = embeds ? await subtitlesFor(cut, tracks ?? [], signal) : [];
        const burnIn = await burnInFor(cut, tracks ?? [], signal);
        const recipe = makeRecipe({
          ...{ request, media, segments, inputs: fetched, cut },
          ...{ subtitles, burnIn, cover, outputBase },
        });
        const [first] = fetched;
        const isFinished = first !== undefined && deps.transcoder.isFinished(recipe);
        const made = isFinished
          ? first
          : await deps.transcoder.shape(recipe, {
              signal,
              timeoutMs: limits.timeoutMs,
              onProgress: (fraction) => report((index + fraction) / cuts.length),
            });
        files.push({ recipe, media: made, name: resultName(request, media, cut) });
      }
      return files;
    },
  });
}
