import { AppError } from "../../errors/app-error.ts";
import type { Warning } from "../../jobs/job.ts";
import type { Media } from "../../jobs/media.ts";
import type { DownloadRequest } from "../../jobs/request.ts";
import { together } from "../../runtime/together.ts";
import type { Attempt } from "../attempt.ts";
import type { FetchedPeriod, FetchedStream, Resolution } from "../downloader.ts";
import { nearestLanguage } from "../languages.ts";
import { defineStep, type Step, type StepRun } from "../step.ts";
import { longestDuration } from "../timeline/kept-ranges.ts";
import type { MediaFile, MediaPeriod } from "../transcoder.ts";

/** Inspects the fetched files, makes their timestamps continuous where they are not, and refuses truncated ones. */
export function inspectStreams(
  { deps, folder, limits, job }: Attempt,
  resolved: Step<Resolution>,
  fetched: Step<readonly FetchedStream[]>,
): Step<readonly MediaFile[]> {
  /** The periods of a stream on one timeline, which begins with the first of them that was needed. */
  const join = async (
    periods: readonly FetchedPeriod[],
    index: number,
    signal: AbortSignal,
    { warn }: Pick<StepRun, "warn">,
  ): Promise<MediaFile> => {
    const { transcoder } = deps;
    const first = periods[0]?.startSeconds ?? 0;
    const media: MediaPeriod[] = [];
    // Where the media of the period before ends.
    let endSeconds = 0;
    for (const { path, startSeconds, seconds, offsetSeconds } of periods) {
      const file = path === null ? null : await transcoder.inspect(path, { signal, isPart: true });
      const start = startSeconds === null ? endSeconds : startSeconds - first;
      endSeconds = start + (seconds ?? file?.durationSeconds ?? 0);
      media.push({ file, startSeconds: start, seconds, offsetSeconds: offsetSeconds ?? file?.startSeconds ?? 0 });
    }
    const base = `${folder.path}/joined-${index}`;
    const { file, isEncoded } = await transcoder.join(media, base, { signal, timeoutMs: limits.timeoutMs });
    if (isEncoded)
      warn({
        code: "periods_encoded",
        detail: "The source consists of parts that differ; they were encoded to join them.",
      });
    return file;
  };

  return defineStep({
    name: "inspect",
    stage: "processing",
    weight: 1,
    inputs: { resolution: resolved, streams: fetched },
    run: async ({ resolution: { media, streams: planned }, streams }, run) => {
      const files = await together(
        run.signal,
        streams.map(
          ({ formatId, path, sha256, beginsAtSeconds, laterBySeconds, periods }, index) =>
            async (signal): Promise<MediaFile> => {
              const language = planned.find((stream) => stream.formatId === formatId)?.language ?? null;
              const isPart = beginsAtSeconds !== undefined;
              const how = isPart ? { isPart } : { expectedSeconds: media.durationSeconds };
              const inspected =
                periods === undefined
                  ? await deps.transcoder.inspect(path, { signal, ...how })
                  : await join(periods, index, signal, run);
              const file = withLanguage(inspected, language);
              // What was joined begins on the clock of its first period, of which sound alone tells nothing else.
              const isAlone = periods !== undefined && !planned.some(({ hasVideo }) => hasVideo);
              const laterBy = laterBySeconds ?? (isAlone ? inspected.startSeconds : 0);
              if (beginsAtSeconds !== undefined) return { ...file, beginsAtSeconds: beginsAtSeconds + laterBy };
              const late = laterBy > 0 ? { beginsAtSeconds: laterBy } : {};
              if (file.isDiscontinuous) {
                const base = `${folder.path}/continuous-${index}`;
                const whole = await deps.transcoder.rewrite(file, base, { signal, timeoutMs: limits.timeoutMs });
                const { missingSeconds } = file;
                return { ...whole, ...(missingSeconds === undefined ? {} : { missingSeconds }), ...late };
              }
              return { ...file, ...(sha256 == null ? {} : { sha256 }), ...late };
            },
        ),
      );
      const arePart = streams.some(({ beginsAtSeconds }) => beginsAtSeconds !== undefined);
      for (const warning of checkLengths(files, media, { arePart })) run.warn(warning);
      for (const warning of checkLanguage(files, job.request.output)) run.warn(warning);
      return files;
    },
  });
}

/** The file with the language that the source gives its sound; one of several sounds is named by the file alone. */
export function withLanguage(file: MediaFile, language: string | null): MediaFile {
  const sounds = file.streams.filter(({ kind }) => kind === "audio");
  if (language === null || sounds.length !== 1) return file;
  return {
    ...file,
    streams: file.streams.map((stream) => (stream.kind === "audio" ? { ...stream, language } : stream)),
  };
}

/** A warning when there is no sound in the wished language; the transcoder then takes the original. */
export function checkLanguage(files: readonly MediaFile[], output: DownloadRequest["output"]): readonly Warning[] {
  const wish = output.type === "transcript" ? undefined : output.audioLanguage;
  if (wish === undefined || wish === "original" || wish === "all") return [];
  const sounds = files.flatMap(({ streams }) => streams.filter(({ kind }) => kind === "audio"));
  const languages = [...new Set(sounds.flatMap(({ language }) => language ?? []))];
  if (sounds.length === 0 || nearestLanguage(wish, languages) !== null) return [];
  const there = languages.length === 0 ? "the source names no language" : `there is ${languages.join(", ")}`;
  return [{ code: "audio_language_missing", detail: `No sound in ${wish}; ${there}. The original was taken.` }];
}

/** So much shorter is no rounding any more: a tenth and two seconds. */
const isShort = (seconds: number, whole: number) => seconds < whole * 0.9 - 2;

/**
 * Refuses fetched media that is shorter than the source says: a truncated download can look like a complete file. A stream that
 * ends before the other is complete all the same, as its own file says; it is worth a warning.
 */
export function checkLengths(
  files: readonly MediaFile[],
  media: Pick<Media, "durationSeconds">,
  { arePart = false }: { readonly arePart?: boolean } = {},
): readonly Warning[] {
  if (files.some(({ bytes }) => bytes === 0)) throw new AppError("output_invalid", "The source sent an empty file.");
  const longest = longestDuration(files);
  // Of a part nobody says how long it is; what is cut from it is checked.
  if (longest === null || arePart) return [];
  if (media.durationSeconds !== null && isShort(longest, media.durationSeconds)) {
    const detail = `The source sent ${longest.toFixed(1)} of ${media.durationSeconds} seconds.`;
    throw new AppError("output_invalid", detail);
  }
  const missing = Math.max(...files.map(({ missingSeconds = 0 }) => missingSeconds));
  if (isShort(longest - missing, longest)) {
    const detail = `The source sent ${longest.toFixed(1)} seconds without ${missing.toFixed(1)} of them.`;
    throw new AppError("output_invalid", detail);
  }
  // Where the source says how long it is, that was compared.
  const abrupt = media.durationSeconds === null && files.some(({ endsWithinFrame }) => endsWithinFrame);
  const cut = { code: "media_may_be_cut_off", detail: "It ends in the middle of a frame: more may have been there." };
  const gaps = { code: "media_has_gaps", detail: `The source left out ${missing.toFixed(1)} seconds of it.` };
  const early = files.flatMap(({ durationSeconds, streams }) => {
    if (durationSeconds === null || !isShort(durationSeconds, longest)) return [];
    const what = streams.some(({ kind, attachedPicture }) => kind === "video" && !attachedPicture)
      ? "picture"
      : "sound";
    const detail = `The ${what} ends after ${durationSeconds.toFixed(1)} of ${longest.toFixed(1)} seconds.`;
    return [{ code: `${what}_ends_early`, detail }];
  });
  return [...(missing > 0 ? [gaps] : []), ...(abrupt ? [cut] : []), ...early];
}
