import { z } from "zod";

// Sites fill these fields as they like: what has the wrong type counts as absent instead of failing the job.
const text = z.string().nullish().catch(null);
const number = z.number().nullish().catch(null);
const listOf = <T extends z.ZodType>(item: T) =>
  z
    .array(z.unknown())
    .nullish()
    .catch(null)
    .transform((items) =>
      (items ?? []).flatMap((entry) => {
        const parsed = item.safeParse(entry);
        return parsed.success ? [parsed.data as z.output<T>] : [];
      }),
    );

const InfoFormat = z.object({
  format_id: z.string(),
  ext: text,
  vcodec: text,
  acodec: text,
  width: number,
  height: number,
  fps: number,
  dynamic_range: text,
  tbr: number,
  filesize: number,
  filesize_approx: number,
  language: text,
});
/** One format of an info JSON. `vcodec` and `acodec` are `none` when there is no such stream, null when unknown. */
export type InfoFormat = z.infer<typeof InfoFormat>;

const InfoTrack = z.object({ ext: text, url: text, name: text });
/** One file format of a caption track. */
export type InfoTrack = z.infer<typeof InfoTrack>;

const InfoTracks = z
  .record(z.string(), listOf(InfoTrack))
  .nullish()
  .catch(null)
  .transform((tracks) => tracks ?? {});

const InfoChapter = z.object({ start_time: z.number(), end_time: z.number(), title: text });
const InfoSegment = z.object({ start_time: z.number(), end_time: z.number(), category: z.string() });
// What a list could not say of an entry is null, and counts all the same.
const InfoEntry = z.object({ id: text, url: text, title: text, duration: number }).nullable();

/** The part of yt-dlp's info JSON that is used here. */
export const Info = z.object({
  _type: text,
  id: z.coerce.string(),
  title: text,
  extractor: text,
  webpage_url: text,
  original_url: text,
  channel: text,
  uploader: text,
  duration: number,
  thumbnail: text,
  timestamp: number,
  upload_date: text,
  release_timestamp: number,
  live_status: text,
  is_live: z.boolean().nullish().catch(null),
  language: text,
  format_id: text,
  chapters: listOf(InfoChapter),
  sponsorblock_chapters: listOf(InfoSegment),
  formats: listOf(InfoFormat),
  requested_formats: listOf(InfoFormat),
  subtitles: InfoTracks,
  automatic_captions: InfoTracks,
  playlist_count: number,
  entries: listOf(InfoEntry),
});
export type Info = z.infer<typeof Info>;
