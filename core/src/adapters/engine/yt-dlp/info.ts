import { z } from "zod";
import { maxUrlLength } from "../../../jobs/request.ts";
import { captionFormats } from "./reading/caption-formats.ts";

/*
 * Sites fill these fields as they like: what has the wrong type counts as absent instead of failing the job, and so does
 * a name or a link that is longer than any. Of a list so many items are taken that nobody misses one.
 */
const maxName = 200;
const maxTitle = 1_000;
const maxDescription = 20_000;
const maxLink = 8_192;

const name = z.string().max(maxName).nullish().catch(null);
const link = z.string().max(maxLink).nullish().catch(null);
const description = z
  .string()
  .transform((text) => text.slice(0, maxDescription))
  .nullish()
  .catch(null);
const title = z
  .string()
  .transform((text) => text.slice(0, maxTitle))
  .nullish()
  .catch(null);
const number = z.number().nullish().catch(null);
/** Nothing but whether it is there. */
const isThere = z
  .unknown()
  .nullish()
  .transform((value) => value != null && value !== "");
const listOf = <T extends z.ZodType>(item: T, most: number) =>
  z
    .array(z.unknown())
    .nullish()
    .catch(null)
    .transform((items) =>
      (items ?? []).slice(0, most).flatMap((entry) => {
        const parsed = item.safeParse(entry);
        return parsed.success ? [parsed.data as z.output<T>] : [];
      }),
    );

const InfoFormat = z.object({
  format_id: z.string().max(maxName),
  ext: name,
  vcodec: name,
  acodec: name,
  width: number,
  height: number,
  fps: number,
  dynamic_range: name,
  tbr: number,
  filesize: number,
  filesize_approx: number,
  language: name,
  /** How much the extractor prefers its language, the original's most; absent counts as -1. */
  language_preference: number,
  source_preference: number,
});
/** One format of an info JSON. `vcodec` and `acodec` are `none` when there is no such stream, null when unknown. */
export type InfoFormat = z.infer<typeof InfoFormat>;

/** Where a format lies, and what yt-dlp would send to its origin. */
const InfoPlace = z.object({
  url: z.string().max(maxLink).nullish().catch(null),
  protocol: name,
  http_headers: z.record(z.string(), z.string().max(maxLink)).nullish().catch(null),
  cookies: isThere,
  fragments: isThere,
  request_data: isThere,
  impersonate: isThere,
  downloader_options: z.object({ http_chunk_size: number }).nullish().catch(null),
});
export type InfoPlace = z.infer<typeof InfoPlace>;

/** A format as it lies in one of several periods. */
const InfoPeriod = z.object({
  /** On the timeline of the whole, in seconds. */
  start: z.number().nonnegative(),
  seconds: number,
  /** The timestamp of its media that is the start of the period, in seconds. */
  offset: z.number().nonnegative(),
  /** Null: it has nothing in this period. */
  format: InfoPlace.extend({ ext: name, filesize: number }).nullable(),
});
const InfoMedia = InfoFormat.extend({
  ...InfoPlace.shape,
  periods: listOf(InfoPeriod, 1_000),
  /** Languages of captions that are in pieces, one for each period, and are not to be had. */
  captions_in_periods: listOf(z.string().max(maxName), 200),
});
/** A format, where it lies, and of what periods it consists if there are several. */
export type InfoMedia = z.infer<typeof InfoMedia>;

const InfoFile = InfoPlace.extend({ ext: name, name, data: isThere });

/** A caption track: one text in several file formats. */
export interface InfoTrack {
  readonly name: string | null;
  /** The language that a machine translated another track into; null: it is no translation. */
  readonly translatedTo: string | null;
  /** Whether it is a translation of what somebody wrote, and not of recognised speech. */
  readonly isOfWritten: boolean;
  /** The file that yt-dlp takes when it is asked for our formats; null: it stands in the info JSON itself. */
  readonly file: z.infer<typeof InfoFile> | null;
}

/** YouTube lists each written track in some hundred and fifty translations. */
const mostTracks = 5_000;
const maxTrackKey = 100;

const InfoTracks = z
  .record(z.string(), z.unknown())
  .nullish()
  .catch(null)
  .transform((tracks) => {
    const named = Object.entries(tracks ?? {}).filter(([key]) => key.length <= maxTrackKey);
    return Object.fromEntries(named.slice(0, mostTracks).map(([key, files]) => [key, trackOf(files)]));
  });

const InfoFiles = listOf(InfoFile, 50);

function trackOf(value: unknown): InfoTrack {
  const files = InfoFiles.parse(value);
  const addresses = files.map(({ url }) => url ?? "");
  const translatedTo = addresses.map(translationIn).find((language) => language !== null) ?? null;
  const best = captionFormats.map((format) => files.findLast(({ ext }) => ext === format));
  const file = best.find((one) => one !== undefined) ?? files.at(-1);
  return {
    name: files[0]?.name ?? null,
    translatedTo,
    isOfWritten: translatedTo !== null && !addresses.some((url) => /[?&]kind=asr\b/.test(url)),
    file: file === undefined || file.data ? null : file,
  };
}

/** The language that the track at an address is translated into; yt-dlp appends the written track that it is made of (`es-en`). */
function translationIn(address: string): string | null {
  const [into, from] = ["tlang", "lang"].map(
    (name) => new RegExp(`[?&]${name}=([A-Za-z0-9_-]{1,100})`).exec(address)?.[1] ?? null,
  );
  if (into == null || from == null || /[?&]kind=asr\b/.test(address)) return into ?? null;
  const at = into.indexOf(`-${from}`, 1);
  return at < 0 ? into : into.slice(0, at);
}

/** A thumbnail. */
const InfoPicture = InfoPlace.pick({
  url: true,
  http_headers: true,
  cookies: true,
  fragments: true,
  request_data: true,
});

const InfoChapter = z.object({ start_time: z.number(), end_time: z.number(), title });
const InfoSegment = z.object({ start_time: z.number(), end_time: z.number(), category: z.string().max(maxName) });
// What a list could not say of an entry is null, and counts all the same.
const InfoEntry = z
  .object({ id: name, url: z.string().max(maxUrlLength).nullish().catch(null), title, duration: number })
  .extend({ timestamp: number, upload_date: name, availability: name })
  .nullable();

/** The part of yt-dlp's info JSON that is used here. */
export const Info = z.object({
  ...InfoPlace.shape,
  ext: name,
  _type: name,
  id: z.coerce.string().transform((id) => id.slice(0, maxTitle)),
  title,
  extractor: name,
  webpage_url: link,
  channel: title,
  channel_id: name,
  uploader: title,
  description,
  categories: listOf(z.string().max(maxName), 50),
  tags: listOf(z.string().max(maxName), 500),
  duration: number,
  thumbnail: link,
  thumbnails: listOf(InfoPicture, 200),
  timestamp: number,
  upload_date: name,
  release_timestamp: number,
  live_status: name,
  is_live: z.boolean().nullish().catch(null),
  language: name,
  format_id: name,
  chapters: listOf(InfoChapter, 2_000),
  sponsorblock_chapters: listOf(InfoSegment, 500),
  formats: listOf(InfoMedia, 2_000),
  requested_formats: listOf(InfoMedia, 100),
  subtitles: InfoTracks,
  automatic_captions: InfoTracks,
  playlist_count: number,
  entries: listOf(InfoEntry, 2_000),
});
export type Info = z.infer<typeof Info>;
