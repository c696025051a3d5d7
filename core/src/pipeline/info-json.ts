import type { Media } from "../jobs/media.ts";
import type { MediaDetails } from "./downloader.ts";

/**
 * What is known of a video, for a file `….info.json` beside it: with our names, and with those of yt-dlp, by which plugins of media
 * servers look for them. What stands in both under one name is the same.
 */
export function infoJson(media: Media, details?: MediaDetails): string {
  const { webpageUrl, thumbnailUrl, uploadedAt, durationSeconds, channel, title } = media;
  const chapters = media.chapters.map((chapter) => ({
    ...chapter,
    start_time: chapter.startSeconds,
    end_time: chapter.endSeconds,
  }));
  const named = {
    fulltitle: title,
    uploader: channel,
    channel_id: details?.channelId ?? null,
    upload_date: uploadedAt?.slice(0, 10).replaceAll("-", "") ?? null,
    duration: durationSeconds,
    webpage_url: webpageUrl,
    thumbnail: thumbnailUrl,
  };
  return `${JSON.stringify({ ...media, ...details, chapters, ...named }, null, 2)}\n`;
}
