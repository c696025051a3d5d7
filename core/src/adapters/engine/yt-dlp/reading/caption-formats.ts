/** File formats we ask yt-dlp for, best first. */
export const captionFormats = ["json3", "vtt", "srt", "ass", "ssa", "ttml", "dfxp"] as const;

/**
 * Largest accepted file of a format, in bytes: ten hours of speech take 1 MB, twice that with much markup, or 8 MB where each word
 * has a timestamp.
 */
export function maxFileBytes(format: string): number {
  if (format === "json3") return 8 << 20;
  return format === "vtt" || format === "srt" ? 2 << 20 : 4 << 20;
}
