import { parseArgs } from "node:util";
import { type DownloadRequestInput, nameFields } from "@vidferry/core";
import { UsageError } from "@vidferry/core/program";

/** What `vidferry download` was asked to do. */
export interface DownloadArguments {
  readonly requests: readonly DownloadRequestInput[];
  readonly out: string;
  readonly json: boolean;
  /** A file with cookies; null: the one of the configuration, if any. */
  readonly cookies: string | null;
}

/** The help of `vidferry download`. */
export const downloadHelp = `vidferry download URL… [options]

  --quality Q        best, 4320p, 2160p, 1440p, 1080p (default), 720p, 480p, 360p, 240p, 144p, worst
  --container C      mp4 (default), mkv, webm
  --codec C          any (default), h264, vp9, av1
  --max-fps N        at most N frames a second
  --audio FORMAT     audio only: best, mp3, m4a, opus, flac, wav
  --bitrate KBPS     of that audio, for mp3, m4a and opus
  --vbr N            of MP3: a variable bit rate, from 0 (best, V0) to 9
  --audio-lang LANG  of several sound tracks: original (default), a language, all (of a video)
  --variants V       also what the site's machines made: upscaled pictures, drc (sound of compressed dynamics)
  --subs LANGS       subtitles, for example en,de or original; as .srt files
  --subs-formats F   their files: srt (default), vtt, txt, json, md
  --embed-subs       also put them into the video
  --translate-to L   also translations of them, for example fr,es: by the source, or as --translator says
  --translator NAME  source (default), or libretranslate: the server of LIBRETRANSLATE_URL
  --transcribe MODE  captions that the server of TRANSCRIBER_URL makes of the sound: missing (where there are no
                     others), always, never (default)
  --burn-subs LANG   draw those of this language into the picture, which takes long
  --transcript       only the subtitles, as .srt, .vtt and plain text, or as --subs-formats says
  --clip FROM-TO     only this part: 1:00-2:30, or 1:00- for the rest; several of them make a file each
  --chapters MODE    keep (default), split, drop
  --sponsorblock C   cut out these categories, for example sponsor,selfpromo
  --mark-segments C  name these categories as chapters instead
  --exact            cut at exactly these frames, by re-encoding, and not at key frames
  --thumbnail MODE   none (default), file, embed
  --thumbnail-format F  of --thumbnail file: jpg (default), png, webp
  --metadata         write title, channel and date into the file
  --info-json        also write what is known of the video as a JSON file
  --nfo              also write it as an NFO file for Kodi, Jellyfin and other media servers
  --live-max S       record a stream that is on air, for at most so many seconds
  --live-from-start  record it from the oldest that the source still has
  --name TEMPLATE    how the files are named, for example "{channel}/{uploadDate} {title} [{id}]"; / makes folders.
                     Fields: ${Object.keys(nameFields).join(", ")}
  --cookies FILE     cookies of an account that may watch it (Netscape's form, cookies.txt)
  --out DIR          where the files go (default: here)
  --json             one JSON object a line instead of a progress bar

Ctrl-C stops; the same command again continues where it stopped. Nothing is overwritten: a name that is taken gets a
number. What was saved is recorded in .vidferry inside DIR; temporary files there are deleted at the end.`;

const options = {
  quality: { type: "string" },
  container: { type: "string" },
  codec: { type: "string" },
  "max-fps": { type: "string" },
  audio: { type: "string" },
  bitrate: { type: "string" },
  vbr: { type: "string" },
  "audio-lang": { type: "string" },
  variants: { type: "string" },
  subs: { type: "string" },
  "translate-to": { type: "string" },
  translator: { type: "string" },
  transcribe: { type: "string" },
  "burn-subs": { type: "string" },
  "subs-formats": { type: "string" },
  "embed-subs": { type: "boolean" },
  transcript: { type: "boolean" },
  clip: { type: "string", multiple: true },
  exact: { type: "boolean" },
  chapters: { type: "string" },
  sponsorblock: { type: "string" },
  "mark-segments": { type: "string" },
  thumbnail: { type: "string" },
  "thumbnail-format": { type: "string" },
  metadata: { type: "boolean" },
  "info-json": { type: "boolean" },
  nfo: { type: "boolean" },
  "live-max": { type: "string" },
  "live-from-start": { type: "boolean" },
  name: { type: "string" },
  cookies: { type: "string" },
  out: { type: "string", default: "." },
  json: { type: "boolean", default: false },
} as const;

type Values = ReturnType<typeof parse>["values"];
const parse = (args: readonly string[]) =>
  parseArgs({ args: [...args], options, allowPositionals: true, strict: true });

/** Reads the command line. What the values mean is checked by the request's schema later. Throws {@link UsageError}. */
export function readDownloadArguments(args: readonly string[]): DownloadArguments {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (error) {
    const [problem] = (error instanceof Error ? error.message : "Unknown option").split(". ");
    throw new UsageError(`${problem}; see: vidferry download --help`);
  }
  const { values, positionals } = parsed;
  if (positionals.length === 0) throw new UsageError("which URL? See: vidferry download --help");
  refuseUnheard(values);
  const shape = { ...output(values), ...subtitles(values), ...extras(values), ...live(values) };
  return {
    requests: positionals.map((url) => ({ url, ...shape })),
    out: values.out,
    json: values.json,
    cookies: values.cookies ?? null,
  };
}

function live(values: Values): Partial<DownloadRequestInput> {
  const { "live-max": most, "live-from-start": fromStart } = values;
  if (most === undefined && fromStart === undefined) return {};
  if (most !== undefined && !/^\d+$/.test(most)) throw new UsageError("--live-max: a number of seconds");
  return {
    live: { ...(fromStart && { fromStart }), ...(most !== undefined && { maxSeconds: Number(most) }) },
  };
}

/** Options that shape a video. */
const ofVideos = ["quality", "container", "codec", "max-fps"] as const;

/** Options each of which asks for captions. */
const ofCaptions = ["subs", "embed-subs", "translate-to", "transcribe", "burn-subs"] as const;

/** Refuses options that would change nothing beside the others, as the API refuses such fields. */
function refuseUnheard(values: Values): void {
  const refuse = (name: keyof Values, why: string) => {
    if (values[name] !== undefined) throw new UsageError(`--${name}: ${why}`);
  };
  if (values.transcript) {
    for (const name of ["audio", "bitrate", "vbr", "audio-lang", "variants", ...ofVideos] as const) {
      refuse(name, "does not go with --transcript");
    }
  }
  if (values.audio !== undefined) for (const name of ofVideos) refuse(name, "does not go with --audio");
  else for (const name of ["bitrate", "vbr"] as const) refuse(name, "needs --audio FORMAT");
  if (!values.transcript && ofCaptions.every((name) => values[name] === undefined))
    refuse("subs-formats", "needs --subs LANGS or --transcript");
  if (values["translate-to"] === undefined) refuse("translator", "needs --translate-to LANGS");
  if (values.clip === undefined && values.sponsorblock === undefined && values.chapters === undefined)
    refuse("exact", "needs --clip FROM-TO, --sponsorblock or --chapters split");
}

// The values are strings of the user; the schema names the ones that are not allowed.
function output(values: Values): Partial<DownloadRequestInput> {
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
    ...(values["max-fps"] === undefined ? {} : { maxFps: number(values["max-fps"], "--max-fps") }),
    ...spoken(values),
  };
  return { output: video as DownloadRequestInput["output"] };
}

/** What videos and sound alone have in common. */
function spoken({ "audio-lang": audioLanguage, variants }: Values) {
  return {
    ...(audioLanguage === undefined ? {} : { audioLanguage: language(audioLanguage.trim()) }),
    ...(variants === undefined ? {} : { variants: words(variants).map(word) }),
  };
}

function subtitles(values: Values): Partial<DownloadRequestInput> {
  const formats = values["subs-formats"];
  const burned = values["burn-subs"] === undefined ? undefined : language(values["burn-subs"].trim());
  if (formats === undefined && ofCaptions.every((name) => values[name] === undefined)) return {};
  const languages = values.subs === undefined ? [burned ?? "original"] : words(values.subs).map(language);
  return {
    subtitles: {
      languages,
      ...(formats === undefined ? {} : { formats: words(formats).map(word) as ["srt"] }),
      ...(values["translate-to"] === undefined ? {} : { translateTo: words(values["translate-to"]).map(language) }),
      ...(values.translator === undefined ? {} : { translator: word(values.translator) as "source" }),
      ...(values.transcribe === undefined ? {} : { transcribe: word(values.transcribe) as "missing" }),
      ...(values["embed-subs"] ? { embed: true } : {}),
      ...(burned === undefined ? {} : { burnIn: burned }),
    },
  };
}

function extras(values: Values): Partial<DownloadRequestInput> {
  return {
    ...(values.clip === undefined ? {} : { clip: clips(values.clip) }),
    ...(values.exact ? { exactCuts: true } : {}),
    ...(values.chapters === undefined ? {} : { chapters: word(values.chapters) as "keep" }),
    ...segments(values),
    ...(values.thumbnail === undefined ? {} : { thumbnail: word(values.thumbnail) as "file" }),
    ...(values["thumbnail-format"] === undefined ? {} : { thumbnailFormat: word(values["thumbnail-format"]) as "jpg" }),
    ...(values.metadata || values["info-json"] || values.nfo ? { metadata: metadata(values) } : {}),
    ...(values.name === undefined ? {} : { fileName: values.name }),
  };
}

function metadata(values: Values): DownloadRequestInput["metadata"] {
  return {
    ...(values.metadata ? { embed: true } : {}),
    ...(values["info-json"] ? { infoJson: true } : {}),
    ...(values.nfo ? { nfo: true } : {}),
  };
}

function segments({ sponsorblock, "mark-segments": marked }: Values): Partial<DownloadRequestInput> {
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
