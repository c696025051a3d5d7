import { signal } from "@preact/signals";
import type { DownloadRequest, OutputRequest } from "@vidferry/sdk";
import { readStored, store } from "../parts/stored.ts";

/** What a person chose in the form. */
export interface Choice {
  readonly type: "video" | "audio" | "text";
  readonly quality: string;
  readonly container: string;
  readonly format: string;
  /** Languages of subtitles, as they were typed. */
  readonly languages: string;
  readonly textFormats: readonly string[];
  readonly subtitles: boolean;
  readonly cutSponsors: boolean;
  readonly thumbnail: boolean;
}

/** A choice with a name. */
export interface Preset {
  readonly name: string;
  readonly choice: Choice;
}

export const firstChoice: Choice = {
  type: "video",
  quality: "1080p",
  container: "mp4",
  format: "best",
  languages: "",
  textFormats: ["txt", "srt"],
  subtitles: false,
  cutSponsors: false,
  thumbnail: false,
};

export const qualities = ["best", "2160p", "1440p", "1080p", "720p", "480p", "360p", "worst"] as const;
export const containers = ["mp4", "mkv", "webm"] as const;
export const audioFormats = ["best", "mp3", "m4a", "opus", "flac", "wav"] as const;
export const textFormats = ["txt", "srt", "vtt", "md", "json"] as const;

const allowed: Readonly<Partial<Record<string, readonly string[]>>> = {
  ...{ type: ["video", "audio", "text"], quality: qualities, container: containers, format: audioFormats },
};

const fits = (name: string, value: unknown, first: unknown): boolean =>
  Array.isArray(first)
    ? Array.isArray(value) && value.every((one) => typeof one === "string")
    : typeof value === typeof first && (allowed[name]?.includes(String(value)) ?? true);

/** A choice as it was stored, perhaps by another version: what does not fit is as in the first choice. */
export function choiceOf(stored: unknown): Choice {
  const given = Object(stored) as Readonly<Record<string, unknown>>;
  const fields = Object.entries(firstChoice).map(([name, first]) => [
    name,
    fits(name, given[name], first) ? given[name] : first,
  ]);
  return Object.fromEntries(fields) as Choice;
}

/** The same of one's own presets. */
export function presetsOf(stored: unknown): readonly Preset[] {
  const all: readonly unknown[] = Array.isArray(stored) ? stored : [];
  return all.flatMap((one) => {
    const { name, choice: chosen } = Object(one) as Readonly<Record<string, unknown>>;
    return typeof name === "string" ? [{ name, choice: choiceOf(chosen) }] : [];
  });
}

/** The choice that was used last, on this device. */
export const choice = signal<Choice>(choiceOf(readStored<unknown>("choice", null)));
export const ownPresets = signal<readonly Preset[]>(presetsOf(readStored<unknown>("presets", null)));

export function choose(changes: Partial<Choice>): void {
  choice.value = { ...choice.value, ...changes };
  store("choice", choice.value);
}

export function savePreset(name: string): void {
  setPresets([...ownPresets.value.filter((one) => one.name !== name), { name, choice: choice.value }]);
}

export function removePreset(name: string): void {
  setPresets(ownPresets.value.filter((one) => one.name !== name));
}

function setPresets(presets: readonly Preset[]): void {
  ownPresets.value = presets;
  store("presets", presets);
}

/** A part of the video, in seconds. */
export interface Part {
  readonly start: number;
  /** Null: to the end. */
  readonly end: number | null;
  readonly exact: boolean;
}

/** The request of a choice, without its link. */
export function requestOf(chosen: Choice, part: Part | null = null): Omit<DownloadRequest, "url"> {
  const languages = chosen.languages.split(/[\s,;]+/).filter((one) => one !== "");
  const spoken = languages.length === 0 ? {} : { languages };
  const asked: Omit<DownloadRequest, "url"> = {
    output: outputOf(chosen),
    ...(chosen.type === "text" ? { subtitles: { ...spoken, formats: formatsOf(chosen) } } : {}),
    ...(chosen.type !== "text" && chosen.subtitles ? { subtitles: { ...spoken } } : {}),
    ...(chosen.cutSponsors && chosen.type !== "text" ? { sponsorBlock: ["sponsor", "selfpromo"] } : {}),
    ...(chosen.thumbnail && chosen.type !== "text" ? { thumbnail: "embed" } : {}),
  };
  if (part === null) return asked;
  return {
    ...asked,
    clip: {
      startSeconds: part.start,
      ...(part.end === null ? {} : { endSeconds: part.end }),
      ...(part.exact && chosen.type !== "text" ? { exact: true } : {}),
    },
  };
}

function outputOf({ type, quality, container, format }: Choice): OutputRequest {
  if (type === "audio") return { type, format } as OutputRequest;
  return type === "video" ? ({ type, quality, container } as OutputRequest) : { type: "transcript" };
}

function formatsOf({ textFormats: formats }: Choice): ("txt" | "srt" | "vtt" | "md" | "json")[] {
  const known = textFormats.filter((one) => formats.includes(one));
  return known.length > 0 ? known : ["txt"];
}
