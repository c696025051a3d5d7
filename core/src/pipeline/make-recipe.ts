import { AppError } from "../errors/app-error.ts";
import type { Media } from "../jobs/media.ts";
import type { DownloadRequest } from "../jobs/request.ts";
import type { Segment } from "./downloader.ts";
import type { MediaFile, Recipe, TimeRange } from "./transcoder.ts";

export interface RecipeParts {
  readonly request: DownloadRequest;
  readonly media: Media;
  readonly inputs: readonly MediaFile[];
  readonly segments: readonly Segment[];
  readonly subtitles: Recipe["subtitles"];
  readonly cover: string | null;
  readonly outputBase: string;
}

/** What to make of the fetched files: one recipe, or one for each chapter. Throws for what cannot be made of them. */
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
    outputBase: `${parts.outputBase}-${String(index + 1).padStart(3, "0")}`,
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
    // Slivers that no key frame falls into would only make glitches.
    if (segment.startSeconds - at >= 0.5) kept.push({ startSeconds: at, endSeconds: segment.startSeconds });
    at = Math.max(at, segment.endSeconds);
  }
  if (kept.length === 0 && at >= end) {
    throw new AppError("format_unavailable", "The marked segments cover everything, so nothing would be left.", {
      hint: "Leave out sponsorBlock, or choose fewer categories.",
    });
  }
  if (end - at >= 0.5 || kept.length === 0) kept.push({ startSeconds: at, endSeconds: end });
  const [only] = kept;
  const isWhole =
    kept.length === 1 && only !== undefined && only.startSeconds === 0 && only.endSeconds === durationSeconds;
  return isWhole ? null : kept.filter((range) => Number.isFinite(range.endSeconds) || durationSeconds === null);
}

/** How long the result of a recipe should be, in seconds; null when nobody knows. */
export function expectedDuration(recipe: Recipe): number | null {
  const source = longest(recipe.inputs);
  if (recipe.keep === null) return source;
  let sum = 0;
  for (const range of recipe.keep) {
    const end = Math.min(range.endSeconds, source ?? range.endSeconds);
    sum += Math.max(0, end - range.startSeconds);
  }
  return Number.isFinite(sum) ? sum : null;
}

/** How long the fetched media is, in seconds; where it is not known, what the source says; null when nobody knows. */
export function sourceDuration(inputs: readonly MediaFile[], media: Media): number | null {
  return longest(inputs) ?? media.durationSeconds;
}

function longest(inputs: readonly MediaFile[]): number | null {
  const durations = inputs.map((input) => input.durationSeconds).filter((value) => value !== null);
  return durations.length === 0 ? null : Math.max(...durations);
}

function tagsOf(media: Media): Record<string, string> {
  return {
    title: media.title,
    ...(media.channel === null ? {} : { artist: media.channel }),
    ...(media.uploadedAt === null ? {} : { date: media.uploadedAt.slice(0, 10) }),
    comment: media.webpageUrl,
  };
}
