import { spawnSync } from "node:child_process";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { MediaFile, Recipe, ShapeOptions, Transcoder } from "../../../pipeline/transcoder.ts";
import type { Logger } from "../../../telemetry/logger.ts";

/** A logger for tests that writes nothing. */
const silent = () => undefined;
export const quietLogger: Logger = {
  debug: silent,
  info: silent,
  warn: silent,
  error: silent,
  child: () => quietLogger,
};

/** Runs FFmpeg itself, without wrappers, to make or to judge media in tests. */
export function ffmpeg(...args: string[]): void {
  const { status, stderr } = spawnSync("ffmpeg", ["-nostdin", "-v", "error", "-y", ...args], { encoding: "utf8" });
  if (status !== 0) throw new Error(`ffmpeg ${args.join(" ")}: ${stderr}`);
}

/** What ffprobe says of a file, as plain JSON. */
export function probe(path: string) {
  const args = ["-v", "error", "-print_format", "json", "-show_format", "-show_streams", "-show_chapters", path];
  const { stdout } = spawnSync("ffprobe", args, { encoding: "utf8" });
  return JSON.parse(stdout) as {
    streams: {
      codec_name: string;
      codec_type: string;
      start_time: string;
      duration?: string;
      bit_rate?: string;
      tags?: Record<string, string>;
      disposition: Record<string, number>;
    }[];
    format: { format_name: string; duration: string; tags?: Record<string, string> };
    chapters: { start_time: string; end_time: string; tags: Record<string, string> }[];
  };
}

export const seconds = 10;
const picture = ["-f", "lavfi", "-i", `testsrc2=size=160x90:rate=30:duration=${seconds}`];
const tone = ["-f", "lavfi", "-i", `sine=frequency=440:sample_rate=48000:duration=${seconds}`];
const h264 = [
  "-c:v",
  "libx264",
  "-preset",
  "ultrafast",
  "-g",
  "60",
  "-keyint_min",
  "60",
  "-sc_threshold",
  "0",
  "-pix_fmt",
  "yuv420p",
];

const vp9 = ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-g", "60", "-b:v", "200k"];
const fast = ["-movflags", "+faststart"];

/**
 * Ten seconds of picture with a key frame every two, and of sound, in the forms sources offer. By two runs: FFmpeg takes longer to
 * start than to encode a short file.
 */
export function makeMedia(dir: string) {
  const at = (name: string) => join(dir, name);
  const flash = `color=c=black:s=160x90:r=30:d=${seconds},drawbox=c=white:t=fill:enable='between(t,7,7.3)'`;
  const beep = `aevalsrc='if(between(t,7,7.3),sin(6283*t),0)':s=48000:d=${seconds}`;
  const sources = [...picture, ...tone, "-f", "lavfi", "-i", flash, "-f", "lavfi", "-i", beep];
  ffmpeg(
    ...sources,
    ...["-map", "0", ...h264, at("h264.mp4")],
    ...["-map", "0", ...vp9, at("vp9.webm")],
    ...["-map", "1", "-c:a", "aac", "-b:a", "96k", ...fast, at("aac.m4a")],
    ...["-map", "1", "-c:a", "libopus", "-b:a", "64k", at("opus.webm")],
    ...["-map", "2", ...h264, at("flash.mp4")],
    ...["-map", "3", "-c:a", "aac", at("beep.m4a")],
    ...["-map", "0", "-frames:v", "1", at("cover.jpg")],
    ...["-map", "0", "-frames:v", "1", at("cover.png")],
  );
  const both = ["-c", "copy", "-metadata", "comment=from the source"];
  ffmpeg(
    ...["-i", at("h264.mp4"), "-i", at("aac.m4a")],
    ...[...both, ...fast, at("both.mp4")],
    ...[...both, at("index-behind.mp4")],
    ...[...both, "-movflags", "+frag_keyframe+empty_moov", at("fragments.mp4")],
    ...[...both, "-tag:v", "avc3", ...fast, at("avc3.mp4")],
    ...[...both, at("both.ts")],
    ...[...both, at("both.mkv")],
  );
  return at;
}

/** When the white flash of `flash.mp4` and the beep of `beep.m4a` begin in what was made of them, in seconds. */
export function flashAndBeep(path: string): { flash: number; beep: number } {
  const filters = ["-vf", "blackdetect=d=0.1:pix_th=0.5", "-af", "silencedetect=n=-30dB:d=0.1"];
  const { stderr } = spawnSync("ffmpeg", ["-hide_banner", "-i", path, ...filters, "-f", "null", "-"], {
    encoding: "utf8",
  });
  const first = (pattern: RegExp) => Number(pattern.exec(stderr)?.[1]);
  return { flash: first(/black_end:([\d.]+)/), beep: first(/silence_end: ([\d.]+)/) };
}

const inspected = new Map<string, MediaFile>();

/** Inspects a file once as long as it stays as it is: most tests go on from the same few. */
async function inspectOnce(transcoder: Transcoder, path: string): Promise<MediaFile> {
  const { size, mtimeMs } = await stat(path);
  const key = `${path} ${size} ${mtimeMs}`;
  const known = inspected.get(key) ?? (await transcoder.inspect(path, { signal: AbortSignal.timeout(30_000) }));
  inspected.set(key, known);
  return known;
}

/** A recipe for the target with nothing else to do, unless said. */
export async function recipeFor(
  transcoder: Transcoder,
  paths: readonly string[],
  target: Recipe["target"],
  outputBase: string,
  rest: Partial<Recipe> = {},
): Promise<Recipe> {
  const inputs: MediaFile[] = [];
  for (const path of paths) inputs.push(await inspectOnce(transcoder, path));
  return {
    inputs,
    target,
    keep: null,
    exact: false,
    chapters: [],
    tags: null,
    subtitles: [],
    burnIn: null,
    cover: null,
    outputBase,
    ...rest,
  };
}

/** Default options of `shape`. */
export const unwatched = (rest: Partial<ShapeOptions> = {}): ShapeOptions => ({
  signal: new AbortController().signal,
  onProgress: () => undefined,
  timeoutMs: 60_000,
  ...rest,
});
