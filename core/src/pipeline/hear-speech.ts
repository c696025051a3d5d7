import { AppError } from "../errors/app-error.ts";
import type { Cue } from "../subtitles/cue.ts";
import type { Attempt } from "./attempt.ts";
import { soundOf } from "./steps/recipe.ts";
import type { Cut } from "./timeline/cut.ts";
import { longestDuration } from "./timeline/kept-ranges.ts";
import { speechPieces } from "./timeline/speech-pieces.ts";
import { type TimeRange, totalSeconds } from "./timeline/time-ranges.ts";
import type { MediaFile, Recipe } from "./transcoder.ts";
import type { Transcriber, Transcript } from "./transcriber.ts";

/** Short enough for slow recognisers, and for a retry to lose little; hosted ones take at most 25 MB, and this is a tenth of it. */
const lengths = { piece: 180, overlap: 6 };
/** One channel at 16 kHz is what recognisers hear; MP3 is what all of them read. Its times have to be those of the picture. */
const spoken = {
  kind: "audio",
  format: "mp3",
  bitrateKbps: 64,
  normalize: false,
  channels: 1,
  sampleRateHz: 16_000,
  isOnTimeline: true,
} as const;

/** What is said in a piece, in the work folder: it is not sent again. */
interface KeptPiece {
  /** What it was made of, as JSON text. */
  readonly madeOf: string;
  readonly transcript: Transcript;
}

/** What is said in a piece, on the timeline of the source. */
export interface HeardPiece extends TimeRange {
  readonly language: string | null;
  readonly cues: readonly Cue[];
}

const failed = (why: string) => new AppError("transcription_failed", why);

/** Has the sound transcribed piece by piece; those that an earlier attempt has are not sent again. */
export async function hearSpeech(
  { deps, job, folder, limits }: Attempt,
  transcriber: Transcriber,
  {
    media,
    cuts,
    hint,
  }: { readonly media: readonly MediaFile[]; readonly cuts: readonly Cut[] | null; readonly hint: string | null },
  { signal, report }: { readonly signal: AbortSignal; readonly report: (fraction: number) => void },
): Promise<readonly HeardPiece[]> {
  if (!media.some(({ streams }) => streams.some(({ kind }) => kind === "audio"))) throw failed("there is no sound");
  const duration = longestDuration(media);
  if (duration === null) throw failed("it is not known how long the sound is");
  const whole = { startSeconds: 0, endSeconds: duration };
  const pieces = speechPieces(cuts?.flatMap(({ kept }) => kept ?? [whole]) ?? [whole], duration, lengths);
  const { audioLanguage } = soundOf(job.request.output);
  const wish = audioLanguage === undefined || audioLanguage === "all" ? {} : { audioLanguage };
  const size = media.map(({ bytes }) => bytes);
  const total = totalSeconds(pieces);

  const cutOut = async (range: TimeRange) => {
    const aim = { inputs: media, target: spoken, exact: true, ...wish };
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
