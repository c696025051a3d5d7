import { AppError, toAppError } from "../../errors/app-error.ts";
import type { DownloadRequest } from "../../jobs/request.ts";
import type { Cue } from "../../subtitles/cue.ts";
import { toCueLines } from "../../subtitles/cue-lines.ts";
import { joinOverlapping } from "../../subtitles/join-overlapping.ts";
import { joinPieces } from "../../subtitles/join-pieces.ts";
import { fitting, languageFit } from "../../subtitles/language-match.ts";
import { wholeCues } from "../../subtitles/whole-cues.ts";
import type { Attempt } from "../attempt.ts";
import type { Resolution } from "../downloader.ts";
import { defineStep, type Step } from "../step.ts";
import type { Cut } from "../timeline/cut.ts";
import { longestDuration } from "../timeline/kept-ranges.ts";
import { speechPieces } from "../timeline/speech-pieces.ts";
import { type TimeRange, totalSeconds } from "../timeline/time-ranges.ts";
import type { MediaFile, Recipe } from "../transcoder.ts";
import type { Transcriber, Transcript } from "../transcriber.ts";
import type { CaptionTrack } from "./fetch-captions.ts";
import { soundOf } from "./recipe.ts";
import { wantsTranscription } from "./wants-transcription.ts";

/** Short enough for slow recognisers, and for a retry to lose little; hosted ones take at most 25 MB, and this is a tenth of it. */
const lengths = { piece: 180, overlap: 6 };
/** One channel at 16 kHz is what recognisers hear; MP3 is what all of them read. */
const spoken = {
  kind: "audio",
  format: "mp3",
  bitrateKbps: 64,
  normalize: false,
  channels: 1,
  sampleRateHz: 16_000,
} as const;

/** What is said in a piece, in the work folder: it is not sent again. */
interface KeptPiece {
  /** What it was made of, as JSON text. */
  readonly madeOf: string;
  readonly transcript: Transcript;
}

/**
 * Adds captions that a recogniser makes of the sound, in place of automatic ones of the same language. Best effort: what cannot be
 * transcribed is a warning, save for a transcript that would be left empty.
 */
export function transcribeSpeech(
  attempt: Attempt,
  inputs: {
    readonly resolution: Step<Resolution>;
    readonly tracks: Step<readonly CaptionTrack[]>;
    /** Null: there is no sound. */
    readonly media: Step<readonly MediaFile[]> | null;
    /** Null: everything is kept, as in a transcript. */
    readonly cuts: Step<readonly Cut[]> | null;
  },
): Step<readonly CaptionTrack[]> {
  const { deps, job, folder } = attempt;
  const { request } = job;
  return defineStep({
    name: "transcription",
    stage: "processing",
    weight: 30,
    inputs,
    files: (tracks) => tracks.map(({ path }) => path),
    run: async ({ resolution, tracks, media, cuts }, { signal, report, warn }) => {
      if (!wantsTranscription(request, tracks)) return tracks;
      const without = (error: AppError, code: string): readonly CaptionTrack[] => {
        if (request.output.type === "transcript" && tracks.length === 0) throw error;
        warn({ code, detail: `The speech was not transcribed: ${error.message}.` });
        return tracks;
      };
      const hint = languageHint(resolution, request);
      let heard: readonly HeardPiece[];
      try {
        if (deps.transcriber === undefined) throw failed("no speech-to-text server is set up (TRANSCRIBER_URL)");
        heard = await hear(attempt, deps.transcriber, { media: media ?? [], cuts, hint }, { signal, report });
      } catch (error) {
        signal.throwIfAborted();
        const known = toAppError(error);
        // A disk without room fails the attempt, as everywhere.
        if (known.code !== "transcription_failed") throw error;
        return without(known, known.code);
      }
      const cues = wholeCues(joinOverlapping(heard));
      if (cues.length === 0) {
        const nothing = new AppError("format_unavailable", "no speech was recognised in it", {
          hint: "There is nothing to write.",
        });
        return without(nothing, "subtitles_missing");
      }
      const language = hint ?? mostlyIn(heard) ?? "und";
      const name = "cues-transcribed.jsonl";
      const path = await folder.write(name, await joinPieces(toCueLines(cues), deps.clock, signal));
      return withTranscript(tracks, { language, automatic: true, name, path });
    },
  });
}

const failed = (why: string) => new AppError("transcription_failed", why);

interface HeardPiece extends TimeRange {
  readonly language: string | null;
  readonly cues: readonly Cue[];
}

/** Has the sound transcribed piece by piece; those that an earlier attempt has are not sent again. */
async function hear(
  { deps, job, folder, limits }: Attempt,
  transcriber: Transcriber,
  {
    media,
    cuts,
    hint,
  }: { readonly media: readonly MediaFile[]; readonly cuts: readonly Cut[] | null; readonly hint: string | null },
  { signal, report }: { readonly signal: AbortSignal; readonly report: (fraction: number) => void },
): Promise<readonly HeardPiece[]> {
  const inputs = media.filter(({ streams }) => streams.some(({ kind }) => kind === "audio"));
  if (inputs.length === 0) throw failed("there is no sound");
  const duration = longestDuration(inputs);
  if (duration === null) throw failed("it is not known how long the sound is");
  const whole = { startSeconds: 0, endSeconds: duration };
  const pieces = speechPieces(cuts?.flatMap(({ kept }) => kept ?? [whole]) ?? [whole], duration, lengths);
  const { audioLanguage } = soundOf(job.request.output);
  const wish = audioLanguage === undefined || audioLanguage === "all" ? {} : { audioLanguage };
  const size = inputs.map(({ bytes }) => bytes);
  const total = totalSeconds(pieces);

  const cutOut = async (range: TimeRange) => {
    const aim = { inputs, target: spoken, exact: true, ...wish };
    const recipe: Recipe = {
      ...aim,
      keep: await deps.transcoder.alignCuts({ ...aim, keep: [range] }, { signal }),
      ...{ chapters: [], tags: null, subtitles: [], burnIn: null, cover: null },
      // Each in place of the one before it.
      outputBase: `${folder.path}/speech`,
    };
    return await deps.transcoder.shape(recipe, { signal, timeoutMs: limits.timeoutMs, onProgress: () => undefined });
  };

  const heard: HeardPiece[] = [];
  let done = 0;
  for (const [index, range] of pieces.entries()) {
    const name = `speech-${index}.json`;
    const madeOf = JSON.stringify({ range, hint, wish, size });
    const kept = keptTranscript(await folder.read(name), madeOf);
    const seconds = range.endSeconds - range.startSeconds;
    const transcript =
      kept ?? (await transcriber.transcribe({ path: (await cutOut(range)).path, seconds }, { language: hint, signal }));
    if (kept === null) await folder.write(name, JSON.stringify({ madeOf, transcript } satisfies KeptPiece));
    heard.push({ ...range, language: transcript.language, cues: transcript.cues.map((cue) => later(cue, range)) });
    done += seconds;
    report(Math.min(1, done / total));
  }
  return heard;
}

/** A cue of a piece on the timeline of the source. */
function later(cue: Cue, { startSeconds: by }: TimeRange): Cue {
  const moved = <T extends TimeRange>(item: T) => {
    return { ...item, startSeconds: item.startSeconds + by, endSeconds: item.endSeconds + by };
  };
  return { ...moved(cue), ...(cue.words && { words: cue.words.map(moved) }) };
}

/** The spoken language, as the source says; where it does not, the only one that the request wishes for; null: unknown. */
function languageHint({ streams }: Resolution, { subtitles }: DownloadRequest): string | null {
  const said = streams.find(({ hasAudio, language }) => hasAudio && language != null)?.language;
  if (said != null) return said;
  const [wish, ...others] = subtitles?.languages ?? [];
  return wish === undefined || others.length > 0 || wish === "original" || wish.endsWith("*") ? null : wish;
}

/** The language of most of what was heard. */
function mostlyIn(heard: readonly HeardPiece[]): string | null {
  const letters = new Map<string, number>();
  for (const { language, cues } of heard) {
    if (language === null) continue;
    const count = cues.reduce((sum, { text }) => sum + text.length, 0);
    letters.set(language, (letters.get(language) ?? 0) + count);
  }
  return [...letters].sort(([, one], [, other]) => other - one)[0]?.[0] ?? null;
}

/** The tracks with the transcript; it takes the place of automatic captions of its language. */
function withTranscript(tracks: readonly CaptionTrack[], transcript: CaptionTrack): readonly CaptionTrack[] {
  const same = fitting(transcript.language, tracks, ({ language }) => language)
    .filter(({ item, fit }) => item.automatic && fit <= languageFit.region)
    .map(({ item }) => item);
  return [...tracks.filter((track) => !same.includes(track)), transcript];
}

function keptTranscript(text: string | null, madeOf: string): Transcript | null {
  if (text === null) return null;
  try {
    const kept = JSON.parse(text) as KeptPiece;
    return kept.madeOf === madeOf ? kept.transcript : null;
  } catch {
    // Truncated by a crash: it is made again.
    return null;
  }
}
