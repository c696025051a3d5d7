/** File formats we ask yt-dlp for, best first. */
export const captionFormats = ["json3", "vtt", "srt"] as const;

/** Largest accepted file of a format, in bytes: ten hours of speech take 1 MB, or 8 MB where each word has a timestamp. */
export function maxFileBytes(format: string): number {
  return format === "json3" ? 8 << 20 : 2 << 20;
}
