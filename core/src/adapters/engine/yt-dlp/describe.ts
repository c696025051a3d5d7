import type { ErrorCode } from "../../../errors/codes.ts";
import type { Media } from "../../../jobs/media.ts";
import { maxUrlLength } from "../../../jobs/request.ts";
import type {
  MediaDetails,
  PlannedStream,
  PlaylistEntry,
  Probe,
  ProbedFormat,
  ProbedSubtitles,
} from "../../../pipeline/downloader.ts";
import { parseSourceUrl, type SourceUrl } from "../../../sources/source-url.ts";
import { isWebAddress } from "./addresses.ts";
import { captionLanguage } from "./caption-language.ts";
import type { Info, InfoFormat } from "./info.ts";

/** The metadata of the video, according to the source. */
export function mediaOf(info: Info, url: string): Media {
  return {
    extractor: (info.extractor ?? "generic").toLowerCase(),
    id: info.id,
    title: (info.title || info.id).slice(0, longestText),
    channel: (info.channel ?? info.uploader)?.slice(0, longestText) ?? null,
    durationSeconds: info.duration ?? null,
    webpageUrl: info.webpage_url ?? url,
    thumbnailUrl: info.thumbnail ?? null,
    uploadedAt: uploadedAt(info),
    isLive: isOnAir(info),
    chapters: chaptersOf(info),
  };
}

/** Whether it is a live stream that goes on. */
export const isOnAir = (info: Pick<Info, "live_status" | "is_live">): boolean =>
  info.live_status === "is_live" || info.is_live === true;

/** What the source says of the video beside that. */
export function detailsOf({ description, channel_id, categories, tags }: Info): MediaDetails {
  return { description: description?.trim() || null, channelId: channel_id ?? null, categories, tags };
}

/** Texts of sites are part of every event of the job, so they are kept short. */
const longestText = 1_000;
const longestChapterTitle = 200;
const mostChapters = 1_000;

/** The chapters within the video, in order. Sites send arbitrary times: a chapter that ends before it starts is dropped. */
function chaptersOf(info: Info): Media["chapters"] {
  const end = info.duration ?? Number.POSITIVE_INFINITY;
  return info.chapters
    .map((chapter, index) => ({
      title: (chapter.title || `Chapter ${index + 1}`).slice(0, longestChapterTitle),
      startSeconds: Math.max(0, chapter.start_time),
      endSeconds: Math.min(chapter.end_time, end),
    }))
    .filter(({ startSeconds, endSeconds }) => endSeconds > startSeconds && endSeconds < longestSeconds)
    .sort((one, other) => one.startSeconds - other.startSeconds)
    .slice(0, mostChapters);
}

/** Latest valid time where the duration of a video is unknown: some thirty years, safe to count in milliseconds. */
const longestSeconds = 1e9;

function uploadedAt(info: Pick<Info, "timestamp" | "upload_date">): string | null {
  const date = dateOf(info.timestamp);
  if (date !== null) return date.toISOString();
  const [, year, month, day] = /^(\d{4})(\d\d)(\d\d)$/.exec(info.upload_date ?? "") ?? [];
  return year === undefined ? null : `${year}-${month}-${day}`;
}

/** The date of a timestamp in seconds; null without one, or when no Date can represent it. */
export function dateOf(seconds: number | null | undefined): Date | null {
  if (seconds == null || Math.abs(seconds) > latestTimestamp) return null;
  return new Date(seconds * 1000);
}

/** The end of the year 9999: what ISO 8601 writes with four digits. */
const latestTimestamp = 253_402_300_799;

/** The streams that yt-dlp chose; a single file with everything when it named no parts. */
export function streamsOf(info: Info): PlannedStream[] {
  const chosen = info.requested_formats.length > 0 ? info.requested_formats : chosenFormat(info);
  return chosen.map((format) => ({
    formatId: format.format_id,
    // An unknown codec (null) may exist.
    hasVideo: format.vcodec !== "none",
    hasAudio: format.acodec !== "none",
    bytes: sizeOf(format),
    // Audio description has a name of yt-dlp's own.
    language: format.language?.replace(/-desc$/, "") ?? null,
  }));
}

function chosenFormat(info: Info): InfoFormat[] {
  const format = info.formats.find(({ format_id }) => format_id === info.format_id);
  return format ? [format] : [];
}

function sizeOf(format: InfoFormat): number | null {
  const bytes = format.filesize ?? format.filesize_approx;
  return bytes == null || bytes <= 0 ? null : Math.round(bytes);
}

/** The entries of a list that were asked for; yt-dlp was asked for one more. */
export interface ListPage {
  readonly offset: number;
  readonly limit: number;
}

/** What a link offers, as `probe` answers it. */
export function probeOf(info: Info, source: SourceUrl, { offset, limit }: ListPage): Probe {
  const { url } = source;
  if (info._type === "playlist") {
    const end = offset + Math.min(limit, info.entries.length);
    const hasMore = info.entries.length > limit;
    return {
      kind: "playlist",
      id: info.id,
      title: info.title ?? null,
      channel: info.channel ?? info.uploader ?? null,
      webpageUrl: info.webpage_url ?? url,
      count: info.playlist_count ?? (hasMore || end === offset ? null : end),
      entries: info.entries.slice(0, limit).flatMap((entry) => entryOf(entry, source)),
      nextCursor: hasMore ? String(end) : null,
    };
  }
  return {
    kind: "video",
    media: mediaOf(info, url),
    formats: info.formats.filter((format) => format.vcodec !== "none" || format.acodec !== "none").map(formatOf),
    subtitles: subtitlesOf(info),
    listUrl: source.listUrl,
  };
}

function entryOf(entry: Info["entries"][number], source: SourceUrl): PlaylistEntry[] {
  // A longer URL would be refused as the URL of a job.
  if (!entry?.url || entry.url.length > maxUrlLength || !isWebAddress(entry.url)) return [];
  return [
    {
      kind: source.site === "youtube" && isList(entry.url) ? "playlist" : "video",
      id: entry.id ?? entry.url,
      url: entry.url,
      title: entry.title?.slice(0, longestText) ?? null,
      durationSeconds: entry.duration ?? null,
      uploadedAt: uploadedAt(entry),
      unavailable: source.site === "youtube" ? unavailability(entry) : null,
    },
  ];
}

/** YouTube lists videos that cannot be had under these titles, and without a length. */
const placeholders: Readonly<Record<string, ErrorCode>> = {
  "[Private video]": "video_private",
  "[Deleted video]": "video_removed",
  "[Unavailable video]": "video_removed",
  "[Unavailable]": "video_removed",
};
const availabilities: Readonly<Record<string, ErrorCode>> = {
  private: "video_private",
  subscriber_only: "members_only",
  premium_only: "members_only",
};

function unavailability({ title, duration, availability }: NonNullable<Info["entries"][number]>): ErrorCode | null {
  const byTitle = duration == null ? placeholders[title ?? ""] : undefined;
  return byTitle ?? availabilities[availability ?? ""] ?? null;
}

function isList(url: string): boolean {
  try {
    return parseSourceUrl(url).kind !== "video";
  } catch {
    // Not a supported link, but still an entry of the list.
    return false;
  }
}

function formatOf(format: InfoFormat): ProbedFormat {
  const codec = (name: string | null | undefined) => (name == null || name === "none" ? null : name);
  return {
    id: format.format_id,
    container: format.ext ?? "unknown",
    videoCodec: codec(format.vcodec),
    audioCodec: codec(format.acodec),
    width: format.width ?? null,
    height: format.height ?? null,
    fps: format.fps ?? null,
    hdr: format.dynamic_range != null && format.dynamic_range !== "SDR",
    bitrateKbps: format.tbr ?? null,
    bytes: sizeOf(format),
    language: format.language ?? null,
  };
}

/** Written captions, and automatic ones in the spoken language; the hundred machine translations are omitted. */
function subtitlesOf(info: Info): ProbedSubtitles[] {
  const named = (tracks: Info["subtitles"], automatic: boolean) =>
    Object.entries(tracks).flatMap(([key, track]) => {
      if (key === "live_chat" || (automatic && track.translatedTo !== null)) return [];
      return [{ language: captionLanguage(key), name: track.name, automatic }];
    });
  const all = [...named(info.subtitles, false), ...named(info.automatic_captions, true)];
  const seen = new Set<string>();
  return all.filter(({ language, automatic }) => {
    // YouTube lists its own captions twice: `en-orig` and `en`. Of written ones that somebody named, the first counts.
    const key = `${automatic} ${language}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
