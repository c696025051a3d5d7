import type { DownloadRequest } from "../../../jobs/request.ts";
import { fitting, isVariantOf, languageFit } from "../../../subtitles/language-match.ts";
import { captionLanguage } from "./caption-language.ts";
import { type CaptionSource, captionSource } from "./direct-sources.ts";
import type { Info } from "./info.ts";

/** A caption track to fetch. */
export interface ChosenTrack {
  /** yt-dlp's name for it, for `--sub-langs`. */
  readonly key: string;
  /** Public name: the language tag alone. */
  readonly language: string;
  /** Made by a machine: recognised speech, or a translation. */
  readonly automatic: boolean;
  /** Whether its lines roll, as those of recognised speech do. */
  readonly rolls: boolean;
  /** Where its file lies; null: yt-dlp must fetch it. A signed link: a secret. */
  readonly source: CaptionSource | null;
}

/** The tracks for a request, and the requested languages without a track. */
export interface TrackChoice {
  readonly tracks: readonly ChosenTrack[];
  readonly missing: readonly MissingTrack[];
}

/** A language without a track. */
export interface MissingTrack {
  readonly language: string;
  /** Whether there are captions in it, but in pieces, one for each period of a DASH stream. */
  readonly isInPeriods: boolean;
}

/** A pattern such as `de-*` may match thousands of made-up names; all of them go into one argument. */
const mostTracks = 100;

type Subtitles = NonNullable<DownloadRequest["subtitles"]>;

/** The captions that a request wishes for; null: none. A transcript without wishes is the spoken language's. */
export function wantedCaptions({ subtitles, output }: DownloadRequest): Subtitles | null {
  return subtitles ?? (output.type === "transcript" ? original : null);
}

const original: Subtitles = {
  languages: ["original"],
  automatic: true,
  translateTo: [],
  formats: ["txt"],
  transcribe: "never",
  embed: false,
};
type Tracks = Info["subtitles"];

/**
 * Chooses caption tracks: for each wished language the written one that fits best, else the recognised speech. Machine translations are taken only where `translateTo` asks for them; a written track in that
 * language is better and comes first.
 */
export function chooseTracks(info: Info, wanted: Subtitles): TrackChoice {
  const written = Object.keys(info.subtitles).filter((key) => key !== "live_chat");
  const spoken = wanted.automatic ? spokenKeys(info.automatic_captions) : [];
  const tracks = new Map<string, Omit<ChosenTrack, "source" | "rolls">>();
  const missing: string[] = [];
  const take = (key: string, language: string, automatic: boolean) => {
    const known = tracks.get(language);
    if (!known || (known.automatic && !automatic)) tracks.set(language, { key, language, automatic });
  };

  for (const wish of wishesOf(wanted)) {
    const found = wish === "original" ? originals(info, written, spoken) : matches(wish, written, spoken);
    if (found.length === 0) missing.push(wish);
    for (const { key, automatic } of found) take(key, captionLanguage(key), automatic);
  }
  for (const wish of wanted.translateTo) {
    const [first] = fittingKeys(wish, written);
    const isElsewhere = wanted.translator === "libretranslate";
    const translated = isElsewhere ? undefined : translationTo(wish, info.automatic_captions);
    // Of another region only where the source cannot translate into the wished one.
    if (first && (first.fit <= languageFit.base || !(translated || isElsewhere)))
      take(first.item, captionLanguage(first.item), false);
    else if (translated) take(translated.key, translated.language, true);
    else if (!isElsewhere) missing.push(wish);
  }
  const chosen = [...tracks.values()].slice(0, mostTracks).map((track): ChosenTrack => {
    // Where both have the name, yt-dlp takes the written one.
    const found = info.subtitles[track.key] ?? info.automatic_captions[track.key];
    const rolls = track.automatic && found?.isOfWritten !== true;
    return { ...track, rolls, source: found === undefined ? null : captionSource(info, found) };
  });
  const inPeriods = [...new Set(info.formats.flatMap(({ captions_in_periods }) => captions_in_periods))];
  const isInPeriods = (wish: string) =>
    wish === "original" ? inPeriods.length > 0 : matches(wish, inPeriods, []).length > 0;
  return { tracks: chosen, missing: missing.map((language) => ({ language, isInPeriods: isInPeriods(language) })) };
}

/** The wished languages, and the one for the picture. */
function wishesOf({ languages, translateTo, burnIn }: Subtitles): readonly string[] {
  if (typeof burnIn !== "string" || [...languages, ...translateTo].includes(burnIn)) return languages;
  return [...languages, burnIn];
}

interface Match {
  readonly key: string;
  readonly automatic: boolean;
}

function matches(wish: string, written: readonly string[], spoken: readonly string[]): Match[] {
  const base = wish.replace(/-\*$/, "");
  if (wish !== base) {
    const all = unnamedFirst(written).filter((key) => isVariantOf(base, captionLanguage(key)));
    if (all.length > 0) return all.map((key) => ({ key, automatic: false }));
  }
  const [best] = fittingKeys(base, written);
  if (best !== undefined) return [{ key: best.item, automatic: false }];
  const [heard] = fittingKeys(base, spoken);
  return heard === undefined ? [] : [{ key: heard.item, automatic: true }];
}

const fittingKeys = (wish: string, keys: readonly string[]) => fitting(wish, unnamedFirst(keys), captionLanguage);

/** A track that somebody named is one among several of its language, such as a commentary. */
function unnamedFirst(keys: readonly string[]): string[] {
  const isNamed = (key: string) => key !== captionLanguage(key) && !key.endsWith("-orig");
  return [...keys.filter((key) => !isNamed(key)), ...keys.filter(isNamed)];
}

/** The language of the video; where the source does not say it, that of the recognised speech, or of the only written track. */
function originals(info: Info, written: readonly string[], spoken: readonly string[]): Match[] {
  const language = info.language ?? captionLanguage(spokenKeys(info.automatic_captions)[0] ?? "");
  const found = language === "" ? [] : matches(language, written, spoken);
  if (found.length > 0) return found;
  const [first] = written;
  return first !== undefined && (written.length === 1 || language === "") ? [{ key: first, automatic: false }] : [];
}

/** Recognised speech, the original first: YouTube lists it as `en-orig` and, the same data, as `en`. */
function spokenKeys(tracks: Tracks): string[] {
  const keys = Object.keys(tracks).filter((key) => tracks[key]?.translatedTo === null);
  return [...keys.filter((key) => key.endsWith("-orig")), ...keys.filter((key) => !key.endsWith("-orig"))];
}

/** `es` is a translation of the speech, `es-fr` one of the written French; the speech's comes first. */
function translationTo(wish: string, tracks: Tracks): { readonly key: string; readonly language: string } | undefined {
  const all = Object.entries(tracks).flatMap(([key, { translatedTo }]) => {
    return translatedTo === null ? [] : [{ key, language: translatedTo }];
  });
  const isOfSpeech = ({ key, language }: (typeof all)[number]) => key === language;
  const sorted = [...all.filter(isOfSpeech), ...all.filter((translation) => !isOfSpeech(translation))];
  return fitting(wish, sorted, ({ language }) => language)[0]?.item;
}
