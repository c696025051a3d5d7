import type { MediaFile, MediaStream } from "../../../pipeline/transcoder.ts";
import { hasIndex, type Layout } from "./layout.ts";
import type { Probed, ProbedStream } from "./probed.ts";

/** A file by what ffprobe says of it, or would say. */
export function mediaFileOf(
  probed: Probed,
  {
    path,
    bytes,
    layout,
    hidesBeginning = false,
  }: { readonly path: string; readonly bytes: number; readonly layout: Layout; readonly hidesBeginning?: boolean },
): MediaFile {
  const { format, streams, chapters } = probed;
  const startSeconds = format.start_time ?? 0;
  const media = streams.map((stream) => toStream(stream, startSeconds));
  return {
    path,
    bytes,
    format: format.format_name,
    durationSeconds: durationOf(probed),
    startSeconds,
    ...(hidesBeginning && { hidesBeginning }),
    isDiscontinuous: false,
    isIndexedAhead: layout.isIndexedAhead,
    ...(layout.endsWithinFrame && { endsWithinFrame: true }),
    streams: hasIndex(format.format_name) ? media : media.map(({ durationSeconds: _, ...stream }) => stream),
    chapterCount: chapters.length,
  };
}

/** How long picture and sound last, in seconds: captions and chapters may go on after them, and make the file longer than they are. */
function durationOf({ format, streams }: Probed): number | null {
  const isMedia = ({ codec_type, disposition }: ProbedStream) =>
    (codec_type === "video" || codec_type === "audio") && disposition.attached_pic !== 1;
  // An MP4 counts the length of a stream from its start.
  const start = (stream: ProbedStream) =>
    format.format_name.startsWith("mov,") ? Math.max(0, (stream.start_time ?? 0) - (format.start_time ?? 0)) : 0;
  const ends = streams.filter(isMedia).map((stream) => start(stream) + (streamSeconds(stream) ?? 0));
  const longest = Math.max(0, ...ends);
  if (longest > 0 && (!streams.every(isMedia) || format.duration === null)) return longest;
  return format.duration;
}

const streamSeconds = ({ duration, tags }: ProbedStream): number | null => duration ?? taggedSeconds(tags.DURATION);

/** Matroska's length of a stream, such as `00:00:30.040000000`. */
function taggedSeconds(text: string | null | undefined): number | null {
  const [, hours, minutes, seconds] = /^(\d{1,6}):(\d{2}):(\d{2}(?:\.\d+)?)$/.exec(text ?? "") ?? [];
  return seconds === undefined ? null : Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
}

function toStream(stream: ProbedStream, startSeconds: number): MediaStream {
  const kind = stream.codec_type;
  const [frames = 0, seconds = 0] = stream.avg_frame_rate.split("/").map(Number);
  const rotation = rotationOf(stream);
  const [width, height] = rotation % 180 === 0 ? [stream.width, stream.height] : [stream.height, stream.width];
  const bits = stream.bits_per_raw_sample || stream.bits_per_sample;
  const length = streamSeconds(stream);
  const late = (stream.start_time ?? startSeconds) - startSeconds;
  return {
    kind: kind === "video" || kind === "audio" || kind === "subtitle" ? kind : "other",
    codec: stream.codec_name,
    profile: stream.profile,
    codecTag: stream.codec_tag_string,
    width,
    height,
    fps: frames > 0 && seconds > 0 ? Math.round((frames / seconds) * 1000) / 1000 : null,
    pixelFormat: stream.pix_fmt,
    isHdr: stream.color_transfer === "smpte2084" || stream.color_transfer === "arib-std-b67",
    rotation,
    hasBFrames: (stream.has_b_frames ?? 0) > 0,
    channels: stream.channels,
    bitsPerSample: bits === null || bits === 0 ? null : bits,
    ...(length === null ? {} : { durationSeconds: length }),
    ...(late > 0 ? { beginsAfterSeconds: late } : {}),
    language: languageOf(stream),
    isDefault: stream.disposition.default === 1,
    attachedPicture: stream.disposition.attached_pic === 1,
  };
}

/** `und` is what files say that do not know. */
function languageOf({ tags }: ProbedStream): string | null {
  const language = tags.language ?? "";
  return /^[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8})*$/.test(language) && language !== "und" ? language : null;
}

/** ffprobe counts degrees against the clock, from -180 to 180. */
function rotationOf({ side_data_list }: ProbedStream): number {
  const turned = side_data_list.find(({ rotation }) => rotation !== null)?.rotation ?? 0;
  return (((-Math.round(turned / 90) * 90) % 360) + 360) % 360;
}
