import type { DownloadRequest } from "../../../jobs/request.ts";
import { qualityHeights } from "../../../jobs/request-values.ts";

type Output = DownloadRequest["output"];
type VideoOutput = Extract<Output, { type: "video" }>;

/** yt-dlp's way to say what to take: `-f` filters what must hold, `-S` orders the rest. */
export interface FormatChoice {
  readonly filter: string;
  readonly sort: string | null;
}

/**
 * What to ask yt-dlp for. Sorting falls back to the nearest instead of failing, so wishes are sorted for; only what was
 * asked for by name (codec, frame rate) is a filter.
 */
export function formatChoice(output: Output): FormatChoice {
  switch (output.type) {
    case "transcript":
      // Nothing is fetched; any format will do, as long as yt-dlp goes on.
      return { filter: "b*/ba*", sort: null };
    case "audio":
      return { filter: audioFilters[output.format], sort: null };
    case "video":
      return { filter: videoFilter(output), sort: videoSort(output) };
  }
}

/** What goes over http and https. The rest is not fetched, and where there is a choice it is not chosen. */
const web = "[protocol!~='^(ftp|mms|rtmp|rtsp|ws|websocket|fc2|niconico)']";
const anySound = `ba${web}/b${web}`;

const audioFilters = {
  m4a: `ba[acodec^=mp4a]${web}/${anySound}`,
  opus: `ba[acodec^=opus]${web}/${anySound}`,
  best: anySound,
  mp3: anySound,
  flac: anySound,
  wav: anySound,
} as const;

const codecFilters = {
  any: "",
  h264: "[vcodec~='^(avc|h264)']",
  vp9: "[vcodec~='^vp0?9']",
  av1: "[vcodec~='^av0?1']",
} as const;

function videoFilter({ container, codec, maxFps }: VideoOutput): string {
  // `?` lets formats pass whose rate is unknown.
  const must = `${codecFilters[codec]}${maxFps === undefined ? "" : `[fps<=?${maxFps}]`}${web}`;
  const options = [`bv*${must}+ba${web}`, `b${must}`, `bv*${must}`];
  if (container === "webm") {
    // A lower resolution that fits beats hours of re-encoding.
    const fits = "[vcodec~='^(vp|av0?1)']";
    options.unshift(`bv${must}${fits}+ba[acodec~='^(opus|vorbis)']${web}`, `bv${must}${fits}+ba${web}`);
  }
  return options.join("/");
}

/**
 * `res` stands before the codecs: the other way round H.264 with AAC would win as YouTube's only muxed format, at 360p.
 * It is the smaller side of the picture, so a portrait 1080x1920 counts as 1080.
 */
function videoSort({ quality, container, codec, hdr }: VideoOutput): string {
  const video = codec === "any" ? (container === "webm" ? "vcodec:vp9" : "vcodec:h264") : `vcodec:${codec}`;
  const audio = container === "webm" ? "acodec:opus" : "acodec:aac";
  if (quality === "worst") return ["+res", "hdr:SDR", video, audio, "+fps", "+size", "+br"].join(",");
  const height = qualityHeights[quality];
  const res = height === null ? "res" : `res:${height}`;
  // With HDR wanted the codec cannot matter: there is none of it in H.264.
  return hdr ? [res, "hdr", "fps", audio].join(",") : [res, "hdr:SDR", video, "fps", audio].join(",");
}
