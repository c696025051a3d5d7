/** File formats we ask yt-dlp for, best first. */
export const captionFormats = ["json3", "vtt", "srt"] as const;

/** Largest file of a format that is read, in bytes: ten hours of speech are 1 MB, or 8 MB where each word is told with its time. */
export function maxFileBytes(format: string): number {
  return format === "json3" ? 8 << 20 : 2 << 20;
}
