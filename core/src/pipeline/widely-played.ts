import type { MediaStream } from "./transcoder.ts";

/** What every decoder of H.264 reads: 8 bits, 4:2:0, and no profile beyond High. Unknown is taken for it. */
export const isPlainH264 = ({ codec, pixelFormat, profile }: MediaStream): boolean =>
  codec === "h264" &&
  (pixelFormat === null || pixelFormat === "yuv420p" || pixelFormat === "yuvj420p") &&
  !/^(High (10|4:)|CAVLC|Extended)/.test(profile ?? "");

/** Whether the sound of an MP4 is of a codec that nearly every device plays: too few take Opus or Dolby's codecs in it. */
export const isPlainSound = ({ codec }: MediaStream): boolean => codec === "aac" || codec === "mp3";
