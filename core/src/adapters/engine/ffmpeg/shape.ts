import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "../../../errors/index.ts";
import { afterCut, shortestChapter } from "../../../pipeline/timeline/after-cut.ts";
import { type TimeRange, totalSeconds } from "../../../pipeline/timeline/time-ranges.ts";
import type { MediaFile, Recipe, ShapeOptions } from "../../../pipeline/transcoder.ts";
import { diskError } from "../../system/disk-error.ts";
import { sourcesOf, usedDuration, usedEnd } from "./align-cuts.ts";
import { undrawnLetters } from "./caption-filter.ts";
import { hasEncoder } from "./check.ts";
import { chooseForm } from "./choose-form.ts";
import { buildArguments, type Call } from "./command.ts";
import { execute, type FfmpegTools } from "./execute.ts";
import { prepareExtras } from "./extras.ts";
import type { Encoding, Form } from "./form.ts";
import { indexRoom, isTooSmall, withoutRewriting } from "./index-room.ts";
import { inspectFile } from "./inspect.ts";
import { withDecodeStarts } from "./key-frames.ts";
import { languageCode, languageName } from "./language.ts";
import { measuringFilter, normalizingFilters } from "./loudness.ts";
import { filtered, listInputs, type MediaInputs, mediaInputs, type UsedRange } from "./media-inputs.ts";
import { createPassProgress } from "./progress.ts";
import { sampleRateOf } from "./sample-rate.ts";
import { hasPauses, losesPauses } from "./sound-pauses.ts";
import { startOffsets } from "./start-offsets.ts";

/** Encoders get this many threads at most; more hardly help and starve other processes. */
const threads = "4";

/** How much shorter than expected a result may be: streams rarely end at the same time, and cuts fall between frames. */
const tolerance = (seconds: number) => Math.max(1.5, seconds * 0.02);

/** Makes the result; see the port's `shape`. Works in a temporary folder beside it. */
export async function shapeMedia(tools: FfmpegTools, recipe: Recipe, options: ShapeOptions): Promise<MediaFile> {
  const form = await formFor(tools, recipe, options.signal);
  const scratch = `${recipe.outputBase}.tmp`;
  try {
    await rm(scratch, { recursive: true, force: true });
    await mkdir(scratch);
    const made = await makeResult(tools, recipe, form, scratch, options);
    if (made.lacks !== null) throw new AppError("output_invalid", `the media is cut off: ${made.lacks} could be read`);
    options.signal.throwIfAborted();
    const path = `${recipe.outputBase}.${form.extension}`;
    await rename(made.file.path, path);
    options.onProgress(1);
    return { ...made.file, path };
  } catch (error) {
    if (options.signal.aborted) throw error;
    throw diskError(error, "Working in the work folder", { full: "disk_full", other: "processing_failed" });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/**
 * HEVC and AV1 are encoded where FFmpeg can; else what plays most widely is made, and the colours of HEVC are converted. Where a
 * sound pauses, silence is encoded.
 */
async function formFor(tools: FfmpegTools, recipe: Recipe, signal: AbortSignal): Promise<Form> {
  const form = chooseForm(recipe);
  const [sound] = form.sounds;
  if (sound !== undefined && losesPauses(recipe, form) && (await hasPauses(tools, sound.source, signal)))
    return chooseForm(recipe, { pauses: true });
  const encoder = form.videoEncoding?.encoder;
  if (encoder !== "libx265" && encoder !== "libsvtav1") return form;
  return (await hasEncoder(tools, encoder, signal)) ? form : chooseForm(recipe, { lacked: [encoder] });
}

/** A result, and what FFmpeg wrote of it. */
interface Made {
  readonly file: MediaFile;
  readonly lines: readonly string[];
  /** How much of the media it holds, if that is not all; null: it is. */
  readonly lacks: string | null;
}

async function makeResult(
  tools: FfmpegTools,
  recipe: Recipe,
  form: Form,
  scratch: string,
  options: ShapeOptions,
): Promise<Made> {
  const { signal } = options;
  const duration = usedDuration(form);
  const ranges = recipe.keep;
  const kept = ranges ? totalSeconds(ranges) : duration;
  const length = kept !== null && Number.isFinite(kept) ? kept : null;

  const normalize = recipe.target.kind === "audio" && recipe.target.normalize;
  const copies = (form.video !== null && !form.videoEncoding) || form.sounds.some(({ encoding }) => encoding === null);
  const inPieces = ranges !== null && ranges.length > 1 && copies;
  const passes = 1 + (normalize ? 1 : 0) + (inPieces ? 1 : 0);
  const progress = createPassProgress(length === null ? null : length * passes, options.onProgress);
  const deadline = performance.now() + options.timeoutMs;
  const pass = (call: Call, seconds: number | null) =>
    execute(tools, buildArguments(call), {
      signal,
      deadlineMs: Math.max(1, deadline - performance.now()),
      onPosition: progress.pass(seconds),
    });

  const media = inPieces
    ? await cutPieces(form, ranges, scratch, pass)
    : mediaInputs(form, await usedRanges(tools, form, ranges, signal));
  const filling = recipe.target.kind === "audio" && recipe.target.isOnTimeline ? silenceWithin(length) : [];
  const mixing = form.sounds.map(({ encoding }) => [...(encoding?.filters ?? []), ...filling]);
  // A result that is normalised has one sound. Its loudness is that of the channels it will have.
  const rateOf = () => sampleRateOf(tools, form, signal);
  const measured = normalize ? await measure(media, mixing[0] ?? [], { length, pass, rateOf }) : [];
  // What makes them even confuses the times of sounds that were joined.
  const loudness = measured.length > 0 && media.graph !== null ? [...measured, "asetpts=N/SR/TB"] : measured;
  const { graph, videoFilters, audioFilters, video, audio } = filtered(media, {
    video: form.videoEncoding?.filters ?? [],
    audio: mixing.map((filters) => [...filters, ...loudness]),
  });
  const extras = await prepareExtras(recipe, form, {
    scratch,
    firstInput: media.inputs.length,
    chapters: afterCut(recipe.chapters, ranges ?? wholeOf(form), shortestChapter),
  });

  const output = join(scratch, `result.${form.extension}`);
  const write = (muxerOptions: readonly string[]) =>
    pass(
      {
        inputs: [...media.inputs, ...extras.inputs],
        graph,
        videoFilters,
        audioFilters,
        outputOptions: [
          ...streamOptions("v", video, form.videoEncoding),
          ...audio.flatMap((pad, index) => streamOptions("a", pad, form.sounds[index]?.encoding ?? null, index)),
          ...soundTags(form),
          ...extras.options,
          // Copied packets may begin a little before the cut; encoded ones begin at it.
          ...(ranges === null || !copies ? [] : cutOptions),
          ...["-max_muxing_queue_size", "4096", "-threads", threads, ...muxerOptions, "-f", form.muxer],
        ],
        output,
      },
      length,
    );
  const room = await indexRoom(form, recipe, length);
  const lines =
    room === null
      ? await write(form.muxerOptions)
      : await write([...withoutRewriting(form.muxerOptions), "-moov_size", String(room)]).catch((error: unknown) => {
          if (!isTooSmall(error)) throw error;
          return write(form.muxerOptions);
        });

  const undrawn = recipe.burnIn === null ? [] : undrawnLetters(lines);
  const result = await inspectFile(tools, output, signal);
  const isShort = length !== null && (result.durationSeconds ?? length) < length - tolerance(length);
  return {
    file: undrawn.length === 0 ? result : { ...result, undrawn },
    lines,
    lacks: isShort ? `${(result.durationSeconds ?? 0).toFixed(1)} s of ${length.toFixed(1)} s` : null,
  };
}

/** The ranges as they are read: where an encoded picture is decoded from. */
async function usedRanges(
  tools: FfmpegTools,
  form: Form,
  ranges: readonly TimeRange[] | null,
  signal: AbortSignal,
): Promise<readonly UsedRange[] | null> {
  const { video, videoEncoding } = form;
  if (ranges === null || video === null || videoEncoding === null) return ranges;
  const offset = startOffsets(sourcesOf(form)).get(video.file.path) ?? 0;
  return await withDecodeStarts(tools, ranges, { ...video, offset }, signal);
}

/** All of the media; null when it is not known how long that is. A chapter that goes on behind it would make an MP4 longer. */
function wholeOf(form: Form): readonly TimeRange[] | null {
  const endSeconds = usedEnd(form);
  return endSeconds === null ? null : [{ startSeconds: 0, endSeconds }];
}

/** For copied packets of a cut: audio from before it is dropped, and timestamps begin at zero. */
const cutOptions = ["-copypriorss:a", "0", "-avoid_negative_ts", "make_zero"];

function streamOptions(kind: "v" | "a", pad: string | null, encoding: Encoding | null, index = 0): string[] {
  if (pad === null) return [];
  // FFmpeg applies an option without the number of a stream to all of its kind.
  const options = (encoding?.options ?? []).map((option) =>
    option.replace(/^(-[a-z]+):[av]$|^(-ar|-pix_fmt)$/, `$1$2:${kind}:${index}`),
  );
  return ["-map", pad, `-c:${kind}:${index}`, encoding?.encoder ?? "copy", ...options];
}

/** The language of each sound, where it is known; of several the first is played unless a player is told otherwise. */
function soundTags({ sounds }: Form): string[] {
  return sounds.flatMap(({ source: { stream } }, index) => {
    const named = `-metadata:s:a:${index}`;
    const { language } = stream;
    return [
      ...(language === null ? [] : [named, `language=${languageCode(language)}`]),
      ...(language === null || sounds.length === 1 ? [] : [named, `title=${languageName(language)}`]),
      ...(language === null || sounds.length === 1 ? [] : [named, `handler_name=${languageName(language)}`]),
      ...(sounds.length === 1 ? [] : [`-disposition:a:${index}`, index === 0 ? "default" : "0"]),
    ];
  });
}

/** Fills what is missing before the sound, within it and behind it, where it is known how long it is in all. */
function silenceWithin(seconds: number | null): string[] {
  return ["aresample=async=1:first_pts=0", ...(seconds === null ? [] : [`apad=whole_dur=${seconds.toFixed(3)}`])];
}

type Pass = (call: Call, seconds: number | null) => Promise<readonly string[]>;

/**
 * Copies each time range into a segment of its own: joining these keeps audio and video in sync, unlike cutting by a concat list. Each is
 * given as much time as its range takes: reordered frames reach beyond its end, and would move all that follows.
 */
async function cutPieces(form: Form, ranges: readonly TimeRange[], scratch: string, pass: Pass): Promise<MediaInputs> {
  const lines: string[] = [];
  const sounds = form.sounds.map((sound) => ({ ...sound, encoding: null }));
  const muxer = pieceMuxer(form);
  for (const [index, range] of ranges.entries()) {
    const name = `piece-${index}.${muxer}`;
    const media = mediaInputs({ ...form, sounds }, [range]);
    const seconds = range.endSeconds - range.startSeconds;
    await pass(
      {
        inputs: media.inputs,
        graph: null,
        videoFilters: [],
        audioFilters: [],
        outputOptions: [
          ...streamOptions("v", media.video, null),
          ...media.audio.flatMap((pad, sound) => streamOptions("a", pad, null, sound)),
          ...["-map_metadata", "-1", "-map_chapters", "-1", ...cutOptions, "-f", muxer],
        ],
        output: join(scratch, name),
      },
      seconds,
    );
    lines.push(`file ${name}`, ...(index + 1 < ranges.length ? [`duration ${seconds.toFixed(6)}`] : []));
  }
  const list = join(scratch, "pieces.txt");
  await writeFile(list, `ffconcat version 1.0\n${lines.join("\n")}\n`);
  return listInputs(list, form.video !== null, form.sounds.length);
}

/** Matroska takes every codec, but FFmpeg does not write into it how a picture is turned; QuickTime takes PCM, MP4 what is newer. */
function pieceMuxer({ video, sounds }: Form): string {
  if (video === null || video.stream.rotation === 0) return "matroska";
  return sounds.some(({ source }) => source.stream.codec.startsWith("pcm_")) ? "mov" : "mp4";
}

/** Measures the audio in a pass of its own and returns the filters that normalise its loudness; none for silence. */
async function measure(
  media: MediaInputs,
  mixing: readonly string[],
  {
    length,
    pass,
    rateOf,
  }: { readonly length: number | null; readonly pass: Pass; readonly rateOf: () => Promise<number> },
): Promise<readonly string[]> {
  const { audio: pads, ...filters } = filtered(media, { video: [], audio: [[...mixing, measuringFilter]] });
  const [audio] = pads;
  if (audio === undefined) return [];
  const { graph, videoFilters, audioFilters } = filters;
  const outputOptions = ["-map", audio];
  const call = { inputs: media.inputs, graph, videoFilters, audioFilters, outputOptions, output: null };
  const [sampleRateHz, printed] = await Promise.all([rateOf(), pass(call, length)]);
  return normalizingFilters(printed, sampleRateHz) ?? [];
}
