import { AppError } from "../../../errors/index.ts";
import { nearestLanguage } from "../../../pipeline/languages.ts";
import { streamDuration } from "../../../pipeline/timeline/kept-ranges.ts";
import type { TimeRange } from "../../../pipeline/timeline/time-ranges.ts";
import type { Recipe } from "../../../pipeline/transcoder.ts";
import { audioForm } from "./audio-form.ts";
import type { Form, Source } from "./form.ts";
import { unheardSeconds } from "./sound-pauses.ts";
import { videoForm } from "./video-form.ts";

/** The part of a recipe that decides the form. */
export type FormRecipe = Pick<Recipe, "inputs" | "target" | "keep" | "exact" | "burnIn" | "audioLanguage">;

/**
 * Decides which streams go into the result and which of them must be re-encoded.
 * @param options.lacked encoders that FFmpeg does not have.
 * @param options.pauses whether the sound pauses somewhere, so that silence has to be put in.
 * @throws AppError `format_unavailable` when the source has no stream of the wanted kind.
 */
export function chooseForm(
  recipe: FormRecipe,
  { lacked = [], pauses = false }: { readonly lacked?: readonly string[]; readonly pauses?: boolean } = {},
): Form {
  const video = findPicture(recipe);
  const sounds = findSounds(recipe);
  const { target, keep, exact, burnIn } = recipe;
  if (target.kind === "video") {
    if (!video) throw new AppError("format_unavailable", "the source has no picture, only sound");
    return videoForm(target, video, sounds, { keep, isExact: exact, burnIn }, lacked);
  }
  const [sound] = sounds;
  if (!sound) throw new AppError("format_unavailable", "the source has no sound");
  const silence = keep === null && target.isOnTimeline !== true ? silenceIn(sound, pauses) : [];
  const isSometimesSilent = pauses || silence.length > 0 || (keep !== null && isSilent(sound, keep));
  const form = audioForm(target, sound, { isCut: keep !== null, isSilent: isSometimesSilent, silence });
  return target.isOnTimeline === true && video !== null ? { ...form, beside: video } : form;
}

/**
 * Filters that put silence where all of a sound is wanted and has none: files of sound alone hold no times, so that what begins later than
 * the picture, or pauses, would be heard too early.
 */
function silenceIn({ file, stream }: Source, pauses: boolean): readonly string[] {
  if (pauses) return ["aresample=async=1:first_pts=0"];
  const begins = (file.beginsAtSeconds ?? 0) + (stream.beginsAfterSeconds ?? 0);
  if (begins <= unheardSeconds) return [];
  return ["asetpts=PTS-STARTPTS", `adelay=delays=${Math.round(begins * 1_000)}:all=1`];
}

/**
 * Whether a sound begins after the start of one of the ranges, or ends well before its end: copied packets do not hold the silence that
 * is then to be heard.
 */
function isSilent({ file, stream }: Source, keep: readonly TimeRange[]): boolean {
  const { beginsAtSeconds = 0, durationSeconds } = file;
  const begins = beginsAtSeconds + (stream.beginsAfterSeconds ?? 0) - unheardSeconds;
  if (keep.some(({ startSeconds }) => startSeconds < begins)) return true;
  const seconds = streamDuration(file, stream);
  if (seconds === null || durationSeconds === null || seconds >= durationSeconds - 0.5) return false;
  return keep.some(({ endSeconds }) => Number.isFinite(endSeconds) && endSeconds > beginsAtSeconds + seconds + 0.5);
}

/** Whether the source has a stream of the target's kind. */
export function hasNeededStream(recipe: Pick<FormRecipe, "inputs" | "target">): boolean {
  return recipe.target.kind === "video" ? findPicture(recipe) !== null : findSounds(recipe).length > 0;
}

type Inputs = Pick<Recipe, "inputs">;

const sourcesOf = ({ inputs }: Inputs, kind: "video" | "audio"): Source[] =>
  inputs.flatMap((file) =>
    file.streams.flatMap((stream, index) =>
      stream.kind === kind && !stream.attachedPicture ? [{ file, index, stream }] : [],
    ),
  );

/** Preferably from a file that has no other kind, since that file was selected for it. */
const isAlone = ({ file, stream: { kind } }: Source) =>
  file.streams.every((stream) => stream.kind === kind || stream.attachedPicture);

/** A file may have several tracks; its maker says which one is meant to be played. */
const mainOf = (sources: readonly Source[]): Source | null => {
  const alone = sources.filter(isAlone);
  const candidates = alone.length > 0 ? alone : sources;
  return candidates.find(({ stream }) => stream.isDefault) ?? candidates[0] ?? null;
};

function findPicture(recipe: Inputs): Source | null {
  return mainOf(sourcesOf(recipe, "video"));
}

/** The sounds of the wished language; the original where there is none. Of several files the first has the original. */
function findSounds(recipe: Inputs & Pick<Recipe, "audioLanguage">): readonly Source[] {
  const sources = sourcesOf(recipe, "audio");
  const alone = sources.filter(isAlone);
  const areApart = new Set(alone.map(({ file }) => file)).size > 1;
  const original = areApart ? alone[0] : mainOf(sources);
  if (original === undefined || original === null) return [];
  const wish = recipe.audioLanguage ?? "original";
  if (wish === "original") return [original];
  if (wish === "all") {
    const named = new Set(alone.map(({ stream }) => stream.language));
    const all = sources.filter((source) => isAlone(source) || !named.has(source.stream.language));
    const isOneFile = new Set(all.map(({ file }) => file)).size === 1;
    return isOneFile ? [original, ...all.filter((source) => source !== original)] : all;
  }
  const languages = sources.flatMap(({ stream }) => stream.language ?? []);
  const language = nearestLanguage(wish, languages);
  const spoken = sources.filter(({ stream }) => language !== null && stream.language === language);
  return [mainOf(spoken) ?? original];
}
