import { AppError } from "../../errors/app-error.ts";
import type { Media } from "../../jobs/media.ts";
import type { DownloadRequest } from "../../jobs/request.ts";
import { joinPieces } from "../../subtitles/join-pieces.ts";
import { toSrt } from "../../subtitles/srt.ts";
import type { Attempt } from "../attempt.ts";
import type { Resolution, Segment } from "../downloader.ts";
import { defineStep, type Step } from "../step.ts";
import { afterCut } from "../timeline/after-cut.ts";
import { keptRanges, sourceDuration } from "../timeline/kept-ranges.ts";
import type { TimeRange } from "../timeline/time-ranges.ts";
import type { MediaFile, Recipe } from "../transcoder.ts";
import { type CaptionTrack, readCues } from "./fetch-captions.ts";

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
  readonly tracks: Step<readonly CaptionTrack[]> | null;
  readonly cover: Step<string | null> | null;
};

/** Makes the requested files from the fetched ones: one, or one for each chapter. */
export function shapeMedia(attempt: Attempt, inputs: ShapeInputs): Step<readonly ShapedFile[]> {
  const { deps, job, folder, limits } = attempt;
  const { request } = job;
  return defineStep({
    name: "shape",
    stage: "processing",
    weight: 8,
    inputs,
    files: (shaped) => shaped.map(({ media }) => media.path),
    run: async ({ resolution, media: fetched, tracks, cover }, { signal, report }) => {
      const keep = keptRanges(request, resolution.segments, sourceDuration(fetched, resolution.media));
      const subtitles: { path: string; language: string }[] = [];
      for (const [index, track] of (tracks ?? []).entries()) {
        const cues = afterCut(await readCues(attempt, track, signal), keep);
        const text = await joinPieces(toSrt(cues), deps.clock, signal);
        const path = await folder.write(`embed-${index}.srt`, text);
        subtitles.push({ path, language: track.language });
      }
      const { media, segments } = resolution;
      const outputBase = `${folder.path}/result`;
      const recipes = makeRecipes({ request, media, inputs: fetched, segments, subtitles, cover, outputBase });
      const files: ShapedFile[] = [];
      for (const [index, recipe] of recipes.entries()) {
        const [first] = fetched;
        const isFinished = first !== undefined && deps.transcoder.isFinished(recipe);
        const made = isFinished
          ? first
          : await deps.transcoder.shape(recipe, {
              signal,
              timeoutMs: limits.timeoutMs,
              onProgress: (fraction) => report((index + fraction) / recipes.length),
            });
        files.push({ recipe, media: made, title: titleOf(media, index, recipes.length) });
      }
      return files;
    },
  });
}

/** The name of a result: the video's, or that of a chapter before it. */
function titleOf(media: Media, index: number, count: number): string {
  const chapter = count > 1 ? media.chapters[index]?.title : undefined;
  return chapter === undefined ? media.title : `${numberOf(index)} ${chapter} - ${media.title}`;
}

const numberOf = (index: number): string => String(index + 1).padStart(3, "0");

export interface RecipeParts {
  readonly request: DownloadRequest;
  readonly media: Media;
  readonly inputs: readonly MediaFile[];
  readonly segments: readonly Segment[];
  readonly subtitles: Recipe["subtitles"];
  readonly cover: string | null;
  readonly outputBase: string;
}

/** The recipes for the fetched files: one, or one for each chapter. Throws when the request cannot be fulfilled from them. */
export function makeRecipes(parts: RecipeParts): readonly Recipe[] {
  const { request, media } = parts;
  const duration = sourceDuration(parts.inputs, media);
  const whole = makeRecipe(parts, keptRanges(request, parts.segments, duration));
  if (request.chapters !== "split" || media.chapters.length === 0) return [whole];
  return media.chapters.map((chapter, index) => ({
    ...whole,
    keep: [{ startSeconds: chapter.startSeconds, endSeconds: chapter.endSeconds }],
    chapters: [],
    subtitles: [],
    tags: whole.tags === null ? null : { ...whole.tags, title: chapter.title, track: String(index + 1) },
    outputBase: `${parts.outputBase}-${numberOf(index)}`,
  }));
}

function makeRecipe(parts: RecipeParts, keep: readonly TimeRange[] | null): Recipe {
  const { request, media } = parts;
  const output = request.output;
  if (output.type === "transcript") throw new AppError("internal_error", "a transcript has no recipe");
  return {
    inputs: parts.inputs,
    target:
      output.type === "video"
        ? { kind: "video", container: output.container }
        : {
            kind: "audio",
            format: output.format,
            bitrateKbps: output.bitrateKbps ?? null,
            normalize: output.normalize,
          },
    keep,
    exact: request.clip?.exact ?? false,
    chapters: request.chapters === "keep" && output.type === "video" ? media.chapters : [],
    tags: request.metadata.embed ? tagsOf(media) : null,
    subtitles: parts.subtitles,
    cover: parts.cover,
    outputBase: parts.outputBase,
  };
}

function tagsOf(media: Media): Record<string, string> {
  return {
    title: media.title,
    ...(media.channel === null ? {} : { artist: media.channel }),
    ...(media.uploadedAt === null ? {} : { date: media.uploadedAt.slice(0, 10) }),
    comment: media.webpageUrl,
  };
}
