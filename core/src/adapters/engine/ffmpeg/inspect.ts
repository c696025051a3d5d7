import { stat } from "node:fs/promises";
import { z } from "zod";
import { AppError, isAppError } from "../../../errors/index.ts";
import type { MediaFile, MediaStream } from "../../../pipeline/transcoder.ts";
import { askProbe, explain, type FfmpegTools } from "./execute.ts";
import { hasIndex, readLayout } from "./layout.ts";

const deadlineMs = 30_000;

const numeric = z.coerce.number().finite().nullable().catch(null).default(null);
const ProbedFile = z.object({
  format: z.object({ format_name: z.string(), duration: numeric, start_time: numeric }),
  streams: z
    .array(
      z.object({
        codec_type: z.string().default("other"),
        codec_name: z.string().default("unknown"),
        profile: z.string().nullable().catch(null).default(null),
        codec_tag_string: z.string().nullable().catch(null).default(null),
        width: numeric,
        height: numeric,
        avg_frame_rate: z.string().default("0/0"),
        duration: numeric,
        start_time: numeric,
        has_b_frames: numeric,
        pix_fmt: z.string().nullable().default(null),
        color_transfer: z.string().nullable().default(null),
        channels: numeric,
        bits_per_raw_sample: numeric,
        bits_per_sample: numeric,
        side_data_list: z.array(z.object({ rotation: numeric })).default([]),
        tags: z
          .object({ DURATION: z.string().nullish().catch(null), language: z.string().nullish().catch(null) })
          .default({ DURATION: null, language: null }),
        disposition: z
          .object({ attached_pic: z.number().default(0), default: z.number().default(0) })
          .default({ attached_pic: 0, default: 0 }),
      }),
    )
    .max(256),
  chapters: z.array(z.unknown()).default([]),
});
/** Only the entries that are used: a file may have megabytes of tags and hundreds of attachments. */
const entries = [
  "format=format_name,duration,start_time",
  "stream=codec_type,codec_name,profile,codec_tag_string,width,height,avg_frame_rate,duration,start_time,has_b_frames,pix_fmt,color_transfer,channels,bits_per_raw_sample,bits_per_sample",
  "stream_side_data=rotation",
  "stream_disposition=attached_pic,default",
  "stream_tags=language,DURATION",
  "chapter=id",
].join(":");
type ProbedStream = z.infer<typeof ProbedFile>["streams"][number];

/** Inspects a file with ffprobe; see the port's `inspect`. */
export async function inspectFile(tools: FfmpegTools, path: string, signal: AbortSignal): Promise<MediaFile> {
  const { size, ok } = await stat(path).then(
    (found) => ({ size: found.size, ok: found.isFile() }),
    (error: unknown) => {
      throw new AppError("output_invalid", "the file is missing", { cause: error });
    },
  );
  if (!ok) throw new AppError("output_invalid", "it is not a file");
  if (size === 0) throw new AppError("output_invalid", "the file is empty");

  const args = ["-show_entries", entries, "-i", `file:${path}`];
  const probed = ProbedFile.safeParse(await askProbe(tools, args, { signal, deadlineMs }).catch(explainRefusal));
  if (!probed.success) throw new AppError("output_invalid", "ffprobe's answer cannot be read", { cause: probed.error });
  const { format, streams, chapters } = probed.data;
  if (/image2|_pipe|ffmetadata|^(srt|ass|webvtt)$/.test(format.format_name)) {
    throw new AppError(
      "output_invalid",
      `the file is a picture or a text (${format.format_name}), not a video or sound`,
    );
  }
  const startSeconds = format.start_time ?? 0;
  const media = streams.map((stream) => toStream(stream, startSeconds));
  if (!media.some((stream) => (stream.kind === "video" && !stream.attachedPicture) || stream.kind === "audio")) {
    throw new AppError("output_invalid", "the file has neither picture nor sound");
  }
  const layout = await readLayout(path, format.format_name, size);
  if (layout.isTruncated) throw new AppError("output_invalid", "the media is cut off");
  return {
    path,
    bytes: size,
    format: format.format_name,
    durationSeconds: durationOf(probed.data),
    startSeconds,
    isDiscontinuous: false,
    isIndexedAhead: layout.isIndexedAhead,
    streams: hasIndex(format.format_name) ? media : media.map(({ durationSeconds: _, ...stream }) => stream),
    chapterCount: chapters.length,
  };
}

/** How long picture and sound last, in seconds: captions and chapters may go on after them, and make the file longer than they are. */
function durationOf({ format, streams }: z.infer<typeof ProbedFile>): number | null {
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

function explainRefusal(error: unknown): never {
  if (!isAppError(error) || error.code !== "output_invalid" || !(error.cause instanceof Error)) throw error;
  const said = error.cause.message;
  const detail = /moov atom not found|End of file/i.test(said)
    ? "the file is cut off: its index is missing"
    : /not on whitelist/i.test(said)
      ? "the file is not what it pretends to be: a playlist or another kind that is not allowed"
      : /Invalid data/i.test(said)
        ? "the file is not a media file"
        : `the file cannot be read: ${explain(said.split("\n"))}`;
  throw new AppError("output_invalid", detail, { cause: error.cause });
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
