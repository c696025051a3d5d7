import type { DownloadRequest } from "../../../jobs/request.ts";
import { type AudioFormat, qualityHeights } from "../../../jobs/request-values.ts";

type Output = DownloadRequest["output"];
type VideoOutput = Extract<Output, { type: "video" }>;

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
      // Nothing is fetched; any format will do, as long as yt-dlp goes on.
      return { filter: "b*/ba*", sort: null };
    case "audio":
      return { filter: audioFilter(output.format), sort: audioSort };
    case "video":
      return { filter: videoFilter(output), sort: videoSort(output) };
  }
}

/** What goes over http and https. The rest is not fetched, and where there is a choice it is not chosen. */
const web = "[protocol!~='^(ftp|mms|rtmp|rtsp|ws|websocket|fc2|niconico)']";

/** Not what a machine made of another format: an enlarged picture (`-sr`), or sound of compressed dynamics (`-drc`). */
const genuine = [
  "[format_id!~='-(sr|drc)(-[0-9]+)?$']",
  "[format_note!~=?'(?i)ai.?upscale|super.?resolution|(^|[ ,])drc([ ,]|$)']",
].join("");

/** Options in order of preference; variants that are not genuine are better than nothing. */
function preferGenuine(optionsOf: (must: string) => readonly string[]): string {
  return [...optionsOf(`${web}${genuine}`), ...optionsOf(web)].join("/");
}

const audioCodecs: Partial<Record<AudioFormat, string>> = { m4a: "[acodec^=mp4a]", opus: "[acodec^=opus]" };

/** Where sound comes only with a picture, the smallest variant whose sound is not known to be poor. */
const fullSound = "[acodec!~=?'^mp4a[.]40[.](5|29)$']";

function audioFilter(format: AudioFormat): string {
  const codec = audioCodecs[format];
  return preferGenuine((must) => [
    ...(codec === undefined ? [] : [`ba${codec}${must}`]),
    `ba${must}`,
    `b${fullSound}[abr>=?120]${must}`,
    `b${fullSound}[abr>=?90]${must}`,
    `b${must}`,
  ]);
}

/** Sound alone has no height, so that wishes for a small picture do not change its order. */
const audioSort = ["lang", "source", "+res", "+vbr"].join(",");

const codecFilters = {
  any: "",
  h264: "[vcodec~='^(avc|h264)']",
  vp9: "[vcodec~='^vp0?9']",
  av1: "[vcodec~='^av0?1']",
} as const;

function videoFilter({ container, codec, maxFps }: VideoOutput): string {
  // `?` lets formats pass whose rate is unknown.
  const named = `${codecFilters[codec]}${maxFps === undefined ? "" : `[fps<=?${maxFps}]`}`;
  return preferGenuine((such) => {
    const must = `${named}${such}`;
    const options = [`bv*${must}+ba${such}`, `b${must}`, `bv*${must}`];
    if (container !== "webm") return options;
    // A lower resolution that fits beats hours of re-encoding.
    const fits = "[vcodec~='^(vp|av0?1)']";
    return [`bv${must}${fits}+ba[acodec~='^(opus|vorbis)']${such}`, `bv${must}${fits}+ba${such}`, ...options];
  });
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
  // With HDR wanted the codec cannot matter: there is none of it in H.264. Few players show Dolby Vision as it is meant.
  return (hdr ? [res, "hdr:12", "fps", ...sound] : [res, "hdr:SDR", video, "fps", ...sound]).join(",");
}
