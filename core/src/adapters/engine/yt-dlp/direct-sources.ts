import type { Source } from "../transfer/index.ts";
import type { Info, InfoMedia, InfoPlace, InfoTrack } from "./info.ts";
import { captionFormats } from "./reading/caption-formats.ts";

/** A chosen format that lies as a plain file at an address, so that yt-dlp is not needed to fetch it. */
export interface DirectSource extends Source {
  readonly formatId: string;
  readonly extension: string;
}

/** A caption file that lies so. */
export interface CaptionSource extends Source {
  /** One of `captionFormats`. */
  readonly format: string;
  /** Sites refuse it to programs; yt-dlp then passes for a browser, where it can. */
  readonly forBrowsers: boolean;
}

/** Names that a media file may end in; what else a site says is left to yt-dlp to refuse. */
const extensions = new Set("3gp aac flac flv m4a m4v mka mkv mov mp3 mp4 oga ogg ogv opus ts wav weba webm".split(" "));

/** Those of the chosen formats that can be fetched without yt-dlp. They hold signed links: a secret. */
export function directSources(info: Info): DirectSource[] {
  return chosenFormats(info).flatMap((format) => {
    const { url, ext } = format;
    if (url == null || ext == null || !extensions.has(ext) || !isWebProtocol(format.protocol)) return [];
    if (format.impersonate || !isPlain(format)) return [];
    const chunkBytes = format.downloader_options?.http_chunk_size ?? null;
    return [
      {
        formatId: format.format_id,
        extension: ext,
        url,
        headers: format.http_headers ?? {},
        chunkBytes: chunkBytes !== null && chunkBytes > 0 ? chunkBytes : null,
      },
    ];
  });
}

/** A chosen format that lies in segments. */
export interface SegmentSource extends Source {
  readonly formatId: string;
  readonly hasVideo: boolean;
  /** Whether they stand in an HLS playlist at its address; else they are the fragments that the info JSON lists. */
  readonly isPlaylist: boolean;
}

/** Those that lie so, and can be fetched without yt-dlp. They may hold signed links: a secret. */
export const segmentSources = (info: Info): SegmentSource[] => chosenFormats(info).flatMap(segmentSource);

/**
 * The smallest picture of the same manifest, where sound alone is chosen that lies so: only beside it the sound tells when it begins. Null:
 * there is none.
 */
export function pictureBeside(info: Info): SegmentSource | null {
  const chosen = segmentSources(info);
  const [sound] = chosen;
  if (sound === undefined || chosen.some(({ hasVideo }) => hasVideo)) return null;
  const bySize = [...info.formats].sort((one, other) => (one.tbr ?? 0) - (other.tbr ?? 0));
  const pictures = bySize.filter(({ vcodec, periods }) => vcodec != null && vcodec !== "none" && periods.length === 0);
  return pictures.flatMap(segmentSource).find(({ isPlaylist }) => isPlaylist === sound.isPlaylist) ?? null;
}

function segmentSource(format: InfoPlace & Pick<InfoMedia, "format_id" | "vcodec">): SegmentSource[] {
  const { url, protocol, vcodec, format_id: formatId } = format;
  const isPlaylist = protocol === "m3u8_native" || protocol === "m3u8";
  if (url == null || !(isPlaylist || (protocol === "http_dash_segments" && format.fragments))) return [];
  if (format.impersonate || !isPlain({ ...format, fragments: false })) return [];
  return [
    { formatId, url, headers: format.http_headers ?? {}, chunkBytes: null, hasVideo: vcodec !== "none", isPlaylist },
  ];
}

/** The file of a caption track, if it can be fetched without yt-dlp. */
export function captionSource(info: Info, { file }: InfoTrack): CaptionSource | null {
  const headers = headersFor(info, file?.http_headers ?? info.http_headers);
  if (file?.url == null || file.ext == null || headers === null) return null;
  if (!captionFormats.some((format) => format === file.ext)) return null;
  // Without a protocol yt-dlp goes by the address: that of a manifest is not the file.
  const isFile = file.protocol == null ? !/\.(m3u8|mpd|f4m|ism)$/i.test(URL.parse(file.url)?.pathname ?? "") : true;
  if (!isFile || !isWebProtocol(file.protocol ?? "https") || !isPlain({ ...file, http_headers: headers })) return null;
  return { format: file.ext, url: file.url, headers, chunkBytes: null, forBrowsers: file.impersonate };
}

/** Enough that one of them is there: YouTube lists some forty for a video, of which most do not exist. */
const mostPictures = 50;

/** The thumbnails, best first; null when not all of them can be fetched without yt-dlp. */
export function pictureSources(info: Info): Source[] | null {
  const sources = info.thumbnails
    .slice(-mostPictures)
    .reverse()
    .flatMap((picture): Source[] => {
      const headers = headersFor(info, picture.http_headers);
      if (picture.url == null || headers === null || !isPlain({ ...picture, http_headers: headers })) return [];
      return [{ url: picture.url, headers, chunkBytes: null }];
    });
  return sources.length < Math.min(info.thumbnails.length, mostPictures) ? null : sources;
}

function chosenFormats(info: Info) {
  if (info.requested_formats.length > 0) return info.requested_formats;
  const { format_id } = info;
  if (format_id == null) return [];
  const vcodec = info.formats.find((format) => format.format_id === format_id)?.vcodec ?? null;
  return [{ ...info, format_id, vcodec }];
}

/** What yt-dlp sends with each request, whatever the site. */
const standardHeaders = new Set(["user-agent", "accept", "accept-language", "sec-fetch-mode"]);

/**
 * The headers with which yt-dlp would fetch what has these headers of its own. It adds the standard ones, which are found with
 * a format; null when they are not known.
 */
function headersFor(info: Info, own: InfoPlace["http_headers"]): Record<string, string> | null {
  const known = Object.entries(chosenFormats(info)[0]?.http_headers ?? {});
  const named = new Set(Object.keys(own ?? {}).map((name) => name.toLowerCase()));
  const standard = known.filter(([name]) => standardHeaders.has(name.toLowerCase()) && !named.has(name.toLowerCase()));
  return known.length === 0 ? null : { ...Object.fromEntries(standard), ...own };
}

function isWebProtocol(protocol: string | null | undefined): boolean {
  return protocol === "http" || protocol === "https";
}

/** Whether it takes no more than a GET, as any client would send it. */
function isPlain(place: Pick<InfoPlace, "url" | "cookies" | "fragments" | "request_data" | "http_headers">): boolean {
  const { url, cookies, fragments, request_data, http_headers } = place;
  const { protocol: scheme, username } = URL.parse(url ?? "") ?? {};
  const names = Object.keys(http_headers ?? {}).map((name) => name.toLowerCase());
  return (
    !(cookies || fragments || request_data) &&
    (scheme === "http:" || scheme === "https:") &&
    username === "" &&
    !names.includes("range") &&
    !names.includes("cookie")
  );
}
