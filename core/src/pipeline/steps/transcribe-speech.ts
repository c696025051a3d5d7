import { AppError, toAppError } from "../../errors/app-error.ts";
import type { Warning } from "../../jobs/job.ts";
import type { DownloadRequest } from "../../jobs/request.ts";
import { toCueLines } from "../../subtitles/cue-lines.ts";
import { joinOverlapping } from "../../subtitles/join-overlapping.ts";
import { joinPieces } from "../../subtitles/join-pieces.ts";
import { fitting, languageFit } from "../../subtitles/language-match.ts";
import { wholeCues } from "../../subtitles/whole-cues.ts";
import type { Attempt } from "../attempt.ts";
import type { Resolution } from "../downloader.ts";
import { type HeardPiece, hearSpeech } from "../hear-speech.ts";
import { defineStep, type Step } from "../step.ts";
import type { Cut } from "../timeline/cut.ts";
import type { MediaFile } from "../transcoder.ts";
import type { CaptionTrack } from "./fetch-captions.ts";
import { wantsTranscription } from "./wants-transcription.ts";

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
        if (deps.transcriber === undefined)
          throw new AppError("transcription_failed", "no speech-to-text server is set up (TRANSCRIBER_URL)");
        heard = await hearSpeech(attempt, deps.transcriber, { media: media ?? [], cuts, hint }, { signal, report });
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
      if (tracks.length === 0) for (const wish of otherWishes(request, language)) warn(notSpoken(wish, language));
      const name = "cues-transcribed.jsonl";
      const path = await folder.write(name, await joinPieces(toCueLines(cues), deps.clock, signal));
      return withTranscript(tracks, { language, automatic: true, name, path });
    },
  });
}

/** The spoken language, as the source says; where it does not, the only one that the request wishes for; null: unknown. */
function languageHint({ streams }: Resolution, { subtitles }: DownloadRequest): string | null {
  const said = streams.find(({ hasAudio, language }) => hasAudio && language != null)?.language;
  if (said != null) return languageTag(said);
  const [wish, ...others] = subtitles?.languages ?? [];
  return wish === undefined || others.length > 0 || wish === "original" || wish.endsWith("*") ? null : wish;
}

/** What a site calls a language as a BCP 47 tag; null: it is none. */
function languageTag(said: string): string | null {
  try {
    const [tag] = Intl.getCanonicalLocales(said.replaceAll("_", "-"));
    return tag === undefined || /^(und|mul|mis|zxx)\b/.test(tag) ? null : tag;
  } catch {
    return null;
  }
}

/** The languages that a request wishes for, and that are not the spoken one; translations of a translator are still to come. */
function otherWishes({ subtitles }: DownloadRequest, spokenLanguage: string): readonly string[] {
  const { languages = [], translateTo = [], translator } = subtitles ?? {};
  return [...languages, ...(translator === "libretranslate" ? [] : translateTo)].filter((wish) => {
    const [fits] = fitting(wish.replace(/-\*$/, ""), [spokenLanguage], (language) => language);
    return wish !== "original" && fits === undefined;
  });
}

function notSpoken(wish: string, language: string): Warning {
  const spokenIn = language === "und" ? "" : `, and it is spoken in ${language}`;
  return { code: "subtitles_missing", detail: `No subtitles in ${wish}: there are none to be had${spokenIn}.` };
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
