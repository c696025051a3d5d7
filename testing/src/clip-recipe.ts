/** A folder of clips that share a shape and a length. */
export type ClipSet = "landscape" | "portrait" | "long";

/** Seconds of media in each set. */
export const clipSeconds: Readonly<Record<ClipSet, number>> = { landscape: 12, portrait: 12, long: 180 };

/** One elementary video stream to encode. YouTube's itag names the combination of size, rate and codec. */
export interface VideoRecipe {
  readonly itag: number;
  readonly codec: "h264" | "vp9" | "vp9-hdr" | "av1";
  /** The longer and the shorter side; a portrait set swaps them. */
  readonly long: number;
  readonly short: number;
  readonly fps: 30 | 60;
  readonly sets: readonly ClipSet[];
}

/** One audio stream to encode. */
export interface AudioRecipe {
  readonly itag: number;
  readonly codec: "aac" | "opus";
  readonly kbps: number;
  readonly sampleRate: number;
  readonly sets: readonly ClipSet[];
}

const all: readonly ClipSet[] = ["landscape", "portrait", "long"];
const tall: readonly ClipSet[] = ["landscape", "portrait"];
const wide: readonly ClipSet[] = ["landscape"];

/** The video streams, by YouTube's own numbering. */
export const videoRecipes: readonly VideoRecipe[] = [
  { itag: 160, codec: "h264", long: 256, short: 144, fps: 30, sets: all },
  { itag: 133, codec: "h264", long: 426, short: 240, fps: 30, sets: wide },
  { itag: 134, codec: "h264", long: 640, short: 360, fps: 30, sets: all },
  { itag: 135, codec: "h264", long: 854, short: 480, fps: 30, sets: wide },
  { itag: 136, codec: "h264", long: 1280, short: 720, fps: 30, sets: tall },
  { itag: 298, codec: "h264", long: 1280, short: 720, fps: 60, sets: wide },
  { itag: 137, codec: "h264", long: 1920, short: 1080, fps: 30, sets: tall },
  { itag: 299, codec: "h264", long: 1920, short: 1080, fps: 60, sets: wide },
  { itag: 278, codec: "vp9", long: 256, short: 144, fps: 30, sets: wide },
  { itag: 242, codec: "vp9", long: 426, short: 240, fps: 30, sets: wide },
  { itag: 243, codec: "vp9", long: 640, short: 360, fps: 30, sets: tall },
  { itag: 244, codec: "vp9", long: 854, short: 480, fps: 30, sets: wide },
  { itag: 247, codec: "vp9", long: 1280, short: 720, fps: 30, sets: wide },
  { itag: 302, codec: "vp9", long: 1280, short: 720, fps: 60, sets: wide },
  { itag: 303, codec: "vp9", long: 1920, short: 1080, fps: 60, sets: wide },
  { itag: 308, codec: "vp9", long: 2560, short: 1440, fps: 60, sets: wide },
  { itag: 315, codec: "vp9", long: 3840, short: 2160, fps: 60, sets: wide },
  { itag: 335, codec: "vp9-hdr", long: 1920, short: 1080, fps: 60, sets: wide },
  { itag: 394, codec: "av1", long: 256, short: 144, fps: 30, sets: wide },
  { itag: 396, codec: "av1", long: 640, short: 360, fps: 30, sets: wide },
  { itag: 398, codec: "av1", long: 1280, short: 720, fps: 60, sets: wide },
  { itag: 399, codec: "av1", long: 1920, short: 1080, fps: 60, sets: wide },
];

/** The audio streams, by YouTube's own numbering. */
export const audioRecipes: readonly AudioRecipe[] = [
  { itag: 139, codec: "aac", kbps: 48, sampleRate: 22_050, sets: wide },
  { itag: 140, codec: "aac", kbps: 128, sampleRate: 44_100, sets: all },
  { itag: 249, codec: "opus", kbps: 50, sampleRate: 48_000, sets: wide },
  { itag: 251, codec: "opus", kbps: 128, sampleRate: 48_000, sets: all },
];

/** Path of a stream's clip, relative to the folder of the clips. */
export function clipName(set: ClipSet, recipe: VideoRecipe | AudioRecipe): string {
  const extension = { h264: "mp4", av1: "mp4", vp9: "webm", "vp9-hdr": "webm", aac: "m4a", opus: "webm" }[recipe.codec];
  return `${set}/${recipe.itag}.${extension}`;
}

/** YouTube's only format with both video and audio: 360p H.264 with AAC. */
export function muxedClipName(set: ClipSet): string {
  return `${set}/18.mp4`;
}

/**
 * FFmpeg arguments that encode one short segment of a video stream: its source and its encoder.
 *
 * Only a short segment is encoded; the clip repeats it by stream copy. That keeps 2160p60 affordable on a small machine and the file true to
 * the size, rate and codec it claims.
 */
export function encodeSegment(recipe: VideoRecipe, portrait: boolean): { input: string[]; encoder: string[] } {
  const size = portrait ? `${recipe.short}x${recipe.long}` : `${recipe.long}x${recipe.short}`;
  const seconds = segmentSeconds(recipe);
  return {
    input: ["-f", "lavfi", "-i", `testsrc=size=${size}:rate=${recipe.fps}:duration=${seconds}`],
    encoder: [...encoders[recipe.codec], "-g", String(Math.round(recipe.fps * seconds))],
  };
}

/** Length of the encoded segment, shorter for high resolutions; a divisor of every clip's length. */
export function segmentSeconds(recipe: VideoRecipe): number {
  if (recipe.short >= 1440 || recipe.codec === "vp9-hdr") return 0.1;
  return recipe.short >= 1080 ? 0.5 : 1;
}

const bt2020 = ["-color_primaries", "bt2020", "-color_trc", "smpte2084", "-colorspace", "bt2020nc"];
const realtimeVp9 = [
  "-c:v",
  "libvpx-vp9",
  "-deadline",
  "realtime",
  "-cpu-used",
  "8",
  "-row-mt",
  "1",
  "-tile-columns",
  "2",
];
const encoders: Readonly<Record<VideoRecipe["codec"], readonly string[]>> = {
  h264: ["-c:v", "libx264", "-preset", "ultrafast", "-bf", "0", "-crf", "38", "-pix_fmt", "yuv420p"],
  vp9: [...realtimeVp9, "-b:v", "500k", "-pix_fmt", "yuv420p"],
  "vp9-hdr": [...realtimeVp9, "-b:v", "500k", "-profile:v", "2", "-pix_fmt", "yuv420p10le", ...bt2020],
  av1: ["-c:v", "libsvtav1", "-preset", "12", "-crf", "50", "-pix_fmt", "yuv420p"],
};
