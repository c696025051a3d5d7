import type { AttemptDeps } from "../dependencies.ts";
import { AppError, toAppError } from "../errors/app-error.ts";
import type { ErrorCode } from "../errors/codes.ts";
import type { Job, Warning } from "../jobs/job.ts";
import type { Media } from "../jobs/media.ts";
import { cutCues } from "../subtitles/cut-cues.ts";
import { toSrt } from "../subtitles/srt.ts";
import { toText } from "../subtitles/text.ts";
import { unhurried } from "../subtitles/unhurried.ts";
import { toVtt } from "../subtitles/vtt.ts";
import type { AttemptProgress } from "./attempt-progress.ts";
import type { FetchedSubtitles, Resolution } from "./downloader.ts";
import { keptRanges, makeRecipes, sourceDuration } from "./make-recipe.ts";
import type { ResultFile } from "./result-file.ts";
import { together } from "./together.ts";
import type { MediaFile } from "./transcoder.ts";
import { verifyFetched, verifyOutput } from "./verify-output.ts";
import type { WorkFolder } from "./work-folders.ts";

/** Limits of one attempt. */
export interface AttemptLimits {
  /** Largest media file; null: none. */
  readonly maxFileBytes: number | null;
  /** Longest pause without progress. */
  readonly stallMs: number;
  /** Longest time for the whole attempt. */
  readonly timeoutMs: number;
  /** Disk space that is never used up. */
  readonly minFreeBytes: number;
}

export interface MadeResults {
  readonly files: readonly ResultFile[];
  readonly media: Media;
  readonly warnings: readonly Warning[];
}

interface Stage {
  readonly deps: AttemptDeps;
  readonly job: Job;
  readonly folder: WorkFolder;
  readonly limits: AttemptLimits;
  readonly progress: AttemptProgress;
  readonly signal: AbortSignal;
  /** Called as soon as the source has said what the video is. */
  readonly onResolved: (resolution: Resolution) => void;
}

/** Resolves, fetches and shapes: everything up to files in the work folder that are ready to be stored. */
export async function makeResults(stage: Stage): Promise<MadeResults> {
  const { deps, job, folder, signal, progress, limits } = stage;
  await progress.enter("resolving");
  const resolution = await deps.downloader.resolve(job.request, { folder, signal });
  stage.onResolved(resolution);
  await admit(stage, resolution);

  await progress.enter("downloading");
  // None of the three needs another, and captions and picture cost a source little beside the streams.
  const [streams, fetched, picture] = await together(signal, [
    async (either) =>
      resolution.streams.length === 0
        ? []
        : await deps.downloader.fetch(resolution, {
            folder,
            signal: either,
            onProgress: progress.fetched,
            maxBytes: limits.maxFileBytes,
            stallMs: limits.stallMs,
          }),
    async (either) =>
      job.request.subtitles === undefined && job.request.output.type !== "transcript"
        ? { subtitles: [], warnings: [] }
        : await deps.downloader.fetchSubtitles(job.request, resolution, { folder, signal: either }),
    async (either) =>
      job.request.thumbnail === "none"
        ? null
        : await deps.downloader.fetchThumbnail(resolution, { folder, signal: either }),
  ]);

  await progress.enter("processing");
  const inputs = await together(
    signal,
    streams.map(
      ({ path }) =>
        (either) =>
          deps.transcoder.inspect(path, { signal: either }),
    ),
  );
  verifyFetched(inputs, resolution.media);
  const warnings = [...resolution.warnings, ...fetched.warnings];
  const cover = picture === null ? null : await coverOf(stage, picture);
  if (job.request.thumbnail !== "none" && cover === null) {
    warnings.push({ code: "thumbnail_missing", detail: "The source has no thumbnail that could be used." });
  }
  const subtitleFiles = await writeSubtitles(stage, resolution, inputs, fetched.subtitles);
  if (job.request.output.type === "transcript" && subtitleFiles.length === 0) {
    throw new AppError("format_unavailable", "The video has no subtitles in these languages.", {
      hint: "POST /api/v1/probe lists the subtitle languages.",
    });
  }
  const media = inputs.length === 0 ? [] : await shape(stage, resolution, inputs, fetched.subtitles, cover);
  const extra: ResultFile[] = [];
  const plain = { title: resolution.media.title, language: null, automatic: null, media: null };
  if (cover !== null && job.request.thumbnail === "file") {
    extra.push({ ...plain, kind: "thumbnail", path: cover, extension: "jpg" });
  }
  if (job.request.metadata.infoJson) {
    const path = await folder.write("media.json", `${JSON.stringify(resolution.media, null, 2)}\n`);
    extra.push({ ...plain, kind: "info", path, extension: "info.json" });
  }
  return { files: [...media, ...subtitleFiles, ...extra], media: resolution.media, warnings };
}

/** How looking at a picture may fail: the picture is to blame, whatever it made FFmpeg do. */
const tolerable: ReadonlySet<ErrorCode> = new Set([
  "processing_failed",
  "output_invalid",
  "timed_out",
  "out_of_memory",
]);

// Sites send pages in place of pictures, and pictures that no program should open. The video is none the worse for it.
async function coverOf({ deps, folder, signal }: Stage, picture: string): Promise<string | null> {
  try {
    return await deps.transcoder.toJpeg(picture, `${folder.path}/cover`, { signal });
  } catch (error) {
    signal.throwIfAborted();
    const code = toAppError(error).code;
    if (!tolerable.has(code)) throw error;
    deps.logger.warn("a thumbnail could not be used", { error });
    return null;
  }
}

// Merging and cutting keep the inputs until the result is whole, so the disk must hold both.
async function admit({ deps, limits, folder }: Stage, resolution: Resolution): Promise<void> {
  const expected = resolution.streams.reduce((sum, stream) => sum + (stream.bytes ?? 0), 0);
  if (limits.maxFileBytes !== null && expected > limits.maxFileBytes) {
    throw new AppError("file_too_large", `The video has about ${expected} bytes; ${limits.maxFileBytes} are allowed.`);
  }
  const free = (await deps.workFolders.freeBytes()) + (await folder.size());
  if (free < expected * 2.5 + limits.minFreeBytes) {
    throw new AppError("disk_full", "The worker's disk has no room for this video right now.");
  }
}

async function shape(
  { deps, job, folder, signal, progress, limits }: Stage,
  resolution: Resolution,
  inputs: readonly MediaFile[],
  subtitles: readonly FetchedSubtitles[],
  cover: string | null,
): Promise<ResultFile[]> {
  const keep = keptRanges(job.request, resolution.segments, sourceDuration(inputs, resolution.media));
  const embedded: { path: string; language: string }[] = [];
  if (job.request.subtitles?.embed === true) {
    for (const [index, track] of subtitles.entries()) {
      const path = await folder.write(`embed-${index}.srt`, await unhurried(toSrt(cutCues(track.cues, keep))));
      embedded.push({ path, language: track.language });
    }
  }
  const recipes = makeRecipes({
    request: job.request,
    media: resolution.media,
    inputs,
    segments: resolution.segments,
    subtitles: embedded,
    cover: job.request.thumbnail === "embed" ? cover : null,
    outputBase: `${folder.path}/result`,
  });
  const results: ResultFile[] = [];
  for (const [index, recipe] of recipes.entries()) {
    const [first] = inputs;
    const finished = deps.transcoder.isFinished(recipe) && first !== undefined;
    const media = finished
      ? first
      : await deps.transcoder.shape(recipe, {
          signal,
          timeoutMs: limits.timeoutMs,
          onProgress: (fraction) => progress.advance((index + fraction) / recipes.length),
        });
    verifyOutput(recipe, media);
    if (limits.maxFileBytes !== null && media.bytes > limits.maxFileBytes) {
      throw new AppError("file_too_large", `The result has ${media.bytes} bytes; ${limits.maxFileBytes} are allowed.`);
    }
    const chapter = recipes.length > 1 ? resolution.media.chapters[index]?.title : undefined;
    const number = String(index + 1).padStart(3, "0");
    results.push({
      kind: recipe.target.kind,
      path: media.path,
      title: chapter === undefined ? resolution.media.title : `${number} ${chapter} - ${resolution.media.title}`,
      extension: media.path.slice(media.path.lastIndexOf(".") + 1),
      language: null,
      automatic: null,
      media,
    });
  }
  return results;
}

async function writeSubtitles(
  { job, folder }: Stage,
  resolution: Resolution,
  inputs: readonly MediaFile[],
  tracks: readonly FetchedSubtitles[],
): Promise<ResultFile[]> {
  const formats = job.request.subtitles?.formats ?? ["txt", "srt", "vtt"];
  const duration = sourceDuration(inputs, resolution.media);
  const keep = job.request.output.type === "transcript" ? null : keptRanges(job.request, resolution.segments, duration);
  const render = { srt: toSrt, vtt: toVtt, txt: toText };
  const files: ResultFile[] = [];
  for (const [index, track] of tracks.entries()) {
    const cues = cutCues(track.cues, keep);
    for (const format of formats) {
      files.push({
        kind: format === "txt" ? "transcript" : "subtitle",
        path: await folder.write(`subtitles-${index}.${format}`, await unhurried(render[format](cues))),
        title: resolution.media.title,
        extension: `${track.language}.${format}`,
        language: track.language,
        automatic: track.automatic,
        media: null,
      });
    }
  }
  return files;
}
