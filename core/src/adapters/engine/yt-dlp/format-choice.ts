import type { DownloadRequest } from "../../../jobs/request.ts";
import { type AudioFormat, qualityHeights } from "../../../jobs/request-values.ts";

type Output = DownloadRequest["output"];
type VideoOutput = Extract<Output, { type: "video" }>;
type AudioOutput = Extract<Output, { type: "audio" }>;
type MediaOutput = VideoOutput | AudioOutput;

/** Of a link that is only looked at. */
export const anything = "b*/ba*";

/** yt-dlp's way to say what to take: `-f` filters what must hold, `-S` orders the rest. */
export interface FormatChoice {
  readonly filter: string;
  readonly sort: string | null;
}

/**
 * What to ask yt-dlp for. Sorting falls back to the nearest instead of failing, so wishes are sorted for; only what was
 * asked for by name (codec, frame rate) is a filter. The language is corrected afterwards, by `withLanguage`.
 */
export function formatChoice(output: Output): FormatChoice {
  switch (output.type) {
    case "transcript":
      // Any format will do where there is no sound, as long as yt-dlp goes on: there may be captions.
      return { filter: `${speechFilter}/${anything}`, sort: speechSort };
    case "audio":
      return { filter: audioFilter(output), sort: audioSort };
    case "video":
      return { filter: videoFilter(output), sort: videoSort(output) };
  }
}

/** What can be recorded of a live stream: HLS, and rather in one file than in two. */
export function liveFilter(output: Output): string {
  const hls = "[protocol^=m3u8]";
  if (output.type === "audio") return `ba${hls}/b${hls}`;
  return `b${hls}/bv*${hls}+ba${hls}/bv*${hls}`;
}

/** What goes over http and https. The rest is not fetched, and where there is a choice it is not chosen. */
const web = "[protocol!~='^(ftp|mms|rtmp|rtsp|ws|websocket|fc2|niconico)']";

/** Not a picture that a machine has enlarged (`-sr`). */
const notUpscaled = "[format_id!~='-sr(-[0-9]+)?$'][format_note!~=?'(?i)ai.?upscale|super.?resolution']";
/** Not sound of compressed dynamics (`-drc`). */
const notCompressed = "[format_id!~='-drc(-[0-9]+)?$'][format_note!~=?'(?i)(^|[ ,])drc([ ,]|$)']";
const compressed = "[format_id~='-drc(-[0-9]+)?$']";

/** What must hold of a picture and of a sound; what has both must be both. */
type Must = Readonly<Record<"picture" | "sound", string>>;

type Options = (must: Must) => readonly string[];

/**
 * Options in order of preference: without variants that a machine made, unless they are wished for; they are better than nothing,
 * and compressed sound is better than none.
 */
function inOrder({ variants = [] }: MediaOutput, withSound: Options, silent: Options = () => []): string {
  const picture = variants.some((one) => one === "upscaled") ? "" : notUpscaled;
  const wishes: readonly Must[] = [
    ...(variants.some((one) => one === "drc") ? [{ picture, sound: compressed }] : []),
    { picture, sound: notCompressed },
    { picture, sound: "" },
    { picture: "", sound: "" },
  ];
  return [...wishes.flatMap(withSound), ...wishes.flatMap(silent)].join("/");
}

const audioCodecs: Partial<Record<AudioFormat, string>> = { m4a: "[acodec^=mp4a]", opus: "[acodec^=opus]" };

/** Where sound comes only with a picture, the smallest variant whose sound is not known to be poor. */
const fullSound = "[acodec!~=?'^mp4a[.]40[.](5|29)$']";

function audioFilter(output: AudioOutput): string {
  const codec = audioCodecs[output.format];
  return inOrder(output, ({ picture, sound }) => {
    const alone = `${web}${sound}`;
    const both = `${web}${picture}${sound}`;
    return [
      ...(codec === undefined ? [] : [`ba${codec}${alone}`]),
      `ba${alone}`,
      `b${fullSound}[abr>=?120]${both}`,
      `b${fullSound}[abr>=?90]${both}`,
      `b${both}`,
    ];
  });
}

/** The smallest sound in which words are understood; it is fetched only to be transcribed. */
const speechFilter = [notCompressed, ""]
  .map((sound) => `${web}${sound}`)
  .flatMap((must) => [`ba[abr>=?40]${must}`, `ba${must}`, `b${must}`])
  .join("/");
const speechSort = ["lang", "source", "+res", "+vbr", "+abr", "+size"].join(",");

/** Sound alone has no height, so that wishes for a small picture do not change its order. */
const audioSort = ["lang", "source", "+res", "+vbr"].join(",");

// `?` lets formats pass of which it is unknown, as of direct links: they are encoded where they turn out to be others.
const codecFilters = {
  any: "",
  h264: "[vcodec~=?'^(avc|h264)']",
  vp9: "[vcodec~=?'^vp0?9']",
  av1: "[vcodec~=?'^av0?1']",
} as const;

function videoFilter(output: VideoOutput): string {
  const { container, codec, maxFps } = output;
  const named = `${codecFilters[codec]}${maxFps === undefined ? "" : `[fps<=?${maxFps}]`}${web}`;
  const withSound = ({ picture, sound }: Must) => {
    const must = `${named}${picture}`;
    const such = `${web}${sound}`;
    const options = [`bv*${must}+ba${such}`, `b${must}${sound}`];
    if (container !== "webm") return options;
    // A lower resolution that fits beats hours of re-encoding.
    const fits = "[vcodec~='^(vp|av0?1)']";
    return [`bv${must}${fits}+ba[acodec~='^(opus|vorbis)']${such}`, `bv${must}${fits}+ba${such}`, ...options];
  };
  return inOrder(output, withSound, ({ picture }) => [`bv*${named}${picture}`]);
}

/**
 * `res` stands before the codecs: the other way round H.264 with AAC would win as YouTube's only muxed format, at 360p.
 * It is the smaller side of the picture, so a portrait 1080x1920 counts as 1080. Of equal pictures one with its own sound is taken,
 * as a file less has to be fetched and merged; the language counts before the codec of the sound.
 */
function videoSort({ quality, container, codec, hdr }: VideoOutput): string {
  const video = codec === "any" ? (container === "webm" ? "vcodec:vp9" : "vcodec:h264") : `vcodec:${codec}`;
  const sound = ["lang", "source", container === "webm" ? "acodec:opus" : "acodec:aac"];
  if (quality === "worst") return ["+res", "hdr:SDR", video, ...sound, "+fps", "+size", "+br"].join(",");
  const height = qualityHeights[quality];
  const res = height === null ? "res" : `res:${height}`;
  if (!hdr) return [res, "hdr:SDR", video, "fps", ...sound].join(",");
  // Few players show Dolby Vision as it is meant. Without a limit a wider range is worth more than a larger picture.
  const range = height === null ? ["hdr:12", res] : [res, "hdr:12"];
  return [...range, "fps", video, ...sound].join(",");
}
