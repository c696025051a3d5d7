import type { DownloadRequestInput } from "@vidferry/core";
import { UsageError } from "@vidferry/core/program";
import type { RequestFlags } from "../options/request.ts";

/**
 * What the options ask for, of any video. What the values mean is checked by the request's schema later. Throws
 * {@link UsageError} for options that go together with others only.
 */
export function shapeRequest(flags: RequestFlags): Omit<DownloadRequestInput, "url"> {
  refuseUnheard(flags);
  return { ...output(flags), ...subtitles(flags), ...extras(flags), ...live(flags) };
}

function live(values: RequestFlags): Partial<DownloadRequestInput> {
  const { liveMax: most, liveFromStart: fromStart } = values;
  if (most === undefined && fromStart === undefined) return {};
  if (most !== undefined && !/^\d+$/.test(most)) throw new UsageError("--live-max: a number of seconds");
  return {
    live: { ...(fromStart && { fromStart }), ...(most !== undefined && { maxSeconds: Number(most) }) },
  };
}

/** Options that shape a video. */
const ofVideos = ["quality", "container", "codec", "maxFps"] as const;

/** Options each of which asks for captions. */
const ofCaptions = ["subs", "embedSubs", "translateTo", "transcribe", "burnSubs"] as const;

/** Refuses options that would change nothing beside the others, as the API refuses such fields. */
function refuseUnheard(values: RequestFlags): void {
  const refuse = (name: keyof RequestFlags, why: string) => {
    if (values[name] !== undefined)
      throw new UsageError(`--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}: ${why}`);
  };
  if (values.transcript) {
    for (const name of ["audio", "bitrate", "vbr", "audioLang", "variants", ...ofVideos] as const) {
      refuse(name, "does not go with --transcript");
    }
  }
  if (values.audio !== undefined) for (const name of ofVideos) refuse(name, "does not go with --audio");
  else for (const name of ["bitrate", "vbr"] as const) refuse(name, "needs --audio FORMAT");
  if (!values.transcript && ofCaptions.every((name) => values[name] === undefined))
    refuse("subsFormats", "needs --subs LANGS or --transcript");
  if (values.translateTo === undefined) refuse("translator", "needs --translate-to LANGS");
  if (values.clip === undefined && values.sponsorblock === undefined && values.chapters === undefined)
    refuse("exact", "needs --clip FROM-TO, --sponsorblock or --chapters split");
}

// The values are strings of the user; the schema names the ones that are not allowed.
function output(values: RequestFlags): Partial<DownloadRequestInput> {
  if (values.transcript) return { output: { type: "transcript" } };
  if (values.audio !== undefined) {
    const audio = {
      type: "audio",
      format: word(values.audio),
      ...(values.bitrate === undefined ? {} : { bitrateKbps: kilobits(values.bitrate) }),
      ...(values.vbr === undefined ? {} : { vbrQuality: number(values.vbr.trim().replace(/^v/i, ""), "--vbr") }),
      ...spoken(values),
    };
    return { output: audio as DownloadRequestInput["output"] };
  }
  const { quality: height, container, codec } = values;
  const video = {
    type: "video",
    ...(height === undefined ? {} : { quality: quality(height) }),
    ...(container === undefined ? {} : { container: word(container) }),
    ...(codec === undefined ? {} : { codec: word(codec) }),
    ...(values.maxFps === undefined ? {} : { maxFps: number(values.maxFps, "--max-fps") }),
    ...spoken(values),
  };
  return { output: video as DownloadRequestInput["output"] };
}

/** What videos and sound alone have in common. */
function spoken({ audioLang: audioLanguage, variants }: RequestFlags) {
  return {
    ...(audioLanguage === undefined ? {} : { audioLanguage: language(audioLanguage.trim()) }),
    ...(variants === undefined ? {} : { variants: words(variants).map(word) }),
  };
}

function subtitles(values: RequestFlags): Partial<DownloadRequestInput> {
  const formats = values.subsFormats;
  const burned = values.burnSubs === undefined ? undefined : language(values.burnSubs.trim());
  if (formats === undefined && ofCaptions.every((name) => values[name] === undefined)) return {};
  const languages = values.subs === undefined ? [burned ?? "original"] : words(values.subs).map(language);
  return {
    subtitles: {
      languages,
      ...(formats === undefined ? {} : { formats: words(formats).map(word) as ["srt"] }),
      ...(values.translateTo === undefined ? {} : { translateTo: words(values.translateTo).map(language) }),
      ...(values.translator === undefined ? {} : { translator: word(values.translator) as "source" }),
      ...(values.transcribe === undefined ? {} : { transcribe: word(values.transcribe) as "missing" }),
      ...(values.embedSubs ? { embed: true } : {}),
      ...(burned === undefined ? {} : { burnIn: burned }),
    },
  };
}

function extras(values: RequestFlags): Partial<DownloadRequestInput> {
  return {
    ...(values.clip === undefined ? {} : { clip: clips(values.clip) }),
    ...(values.exact ? { exactCuts: true } : {}),
    ...(values.chapters === undefined ? {} : { chapters: word(values.chapters) as "keep" }),
    ...segments(values),
    ...(values.thumbnail === undefined ? {} : { thumbnail: word(values.thumbnail) as "file" }),
    ...(values.thumbnailFormat === undefined ? {} : { thumbnailFormat: word(values.thumbnailFormat) as "jpg" }),
    ...(values.metadata || values.infoJson || values.nfo ? { metadata: metadata(values) } : {}),
    ...(values.name === undefined ? {} : { fileName: values.name }),
  };
}

function metadata(values: RequestFlags): DownloadRequestInput["metadata"] {
  return {
    ...(values.metadata ? { embed: true } : {}),
    ...(values.infoJson ? { infoJson: true } : {}),
    ...(values.nfo ? { nfo: true } : {}),
  };
}

function segments({ sponsorblock, markSegments: marked }: RequestFlags): Partial<DownloadRequestInput> {
  const categories = (text = "") => words(text).map(word) as ["sponsor"];
  if (marked !== undefined) return { sponsorBlock: { remove: categories(sponsorblock), mark: categories(marked) } };
  return sponsorblock === undefined ? {} : { sponsorBlock: categories(sponsorblock) };
}

/** As a person writes it: blanks around it and capitals mean nothing. */
const word = (text: string): string => text.trim().toLowerCase();

/** `en,de` or `en, de` or `en de`. */
const words = (text: string): string[] => text.split(/[\s,;]+/).filter((part) => part !== "");

/** `EN` is `en`; what follows (`pt-BR`, `zh-Hans`) keeps its capitals. */
const language = (text: string): string => text.replace(/^[^-]+/, (first) => first.toLowerCase());

/** `1080`, `1080P` and `1080p` mean the same, and so do `4K` and `2160p`. */
function quality(text: string): string {
  const height = word(text);
  const named: Readonly<Record<string, string>> = { "2k": "1440p", "4k": "2160p", "8k": "4320p" };
  return named[height] ?? (/^\d+$/.test(height) ? `${height}p` : height);
}

/** `192`, `192k`, `192 kbps`. */
function kilobits(text: string): number {
  return number(text.trim().replace(/\s*(k|kbps|kbit\/s)$/i, ""), "--bitrate");
}

function number(written: string, option: string): number {
  const text = written.trim();
  if (!/^\d+$/.test(text)) throw new UsageError(`${option}: expected a whole number, not ${JSON.stringify(text)}`);
  return Number(text);
}

/** One is the result; several are a file each, however they are written: in options of their own, or with commas. */
function clips(texts: readonly string[]): DownloadRequestInput["clip"] {
  const all = texts.flatMap((text) => text.split(/[,;]/)).map(clip);
  return all.length === 1 ? all[0] : all;
}

/** `1:00-2:30`; `1:00-` goes to the end, `-2:30` begins at the start. */
function clip(text: string): { startSeconds: number; endSeconds?: number } {
  const [from, to, ...rest] = text.split(/[-–]/).map((time) => time.trim());
  if (from === undefined || to === undefined || rest.length > 0 || (from === "" && to === ""))
    throw new UsageError("--clip: expected FROM-TO, for example 1:00-2:30, or 1:00- for the rest");
  return { startSeconds: from === "" ? 0 : seconds(from), ...(to === "" ? {} : { endSeconds: seconds(to) }) };
}

/** `90`, `1:30`, `1:02:03`, each with an optional fraction. */
function seconds(text: string): number {
  if (!/^\d+(:[0-5]?\d){0,2}(\.\d+)?$/.test(text))
    throw new UsageError(`--clip: ${JSON.stringify(text)} is not a time such as 1:30`);
  return text.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
}
