import { z } from "zod";
import type { TimeRange } from "../../../pipeline/timeline/time-ranges.ts";
import type { MediaFile } from "../../../pipeline/transcoder.ts";
import { askProbe, type FfmpegTools } from "./execute.ts";
import type { UsedRange } from "./media-inputs.ts";

const deadlineMs = 60_000;
const Packets = z.object({
  format: z.object({ start_time: z.coerce.number().catch(0).default(0) }),
  packets: z
    .array(
      z.object({ pts_time: z.coerce.number().catch(Number.NaN).default(Number.NaN), flags: z.string().default("") }),
    )
    .default([]),
});

/** A picture, and how much later than the media its file begins, in seconds. */
export interface Picture {
  readonly file: MediaFile;
  readonly index: number;
  readonly offset: number;
}

/** How far back to search for key frames where a container has no index of them, in seconds, tried in order. */
const windows = [10, 60];

/**
 * Where a stream copy of a range has to begin: at the last key frame at or before `seconds`, on the media's timeline.
 * Both audio and video are cut there; cutting the video alone would put them out of sync.
 */
async function keyFrameBefore(
  tools: FfmpegTools,
  picture: Picture,
  seconds: number,
  signal: AbortSignal,
): Promise<number> {
  // Before its first picture the media holds sound alone.
  if (seconds <= picture.offset) return seconds;
  return picture.offset + (await keyFrameInFile(tools, picture, seconds - picture.offset, signal));
}

async function keyFrameInFile(
  tools: FfmpegTools,
  picture: Picture,
  seconds: number,
  signal: AbortSignal,
): Promise<number> {
  const ask = async (interval: string) => {
    const entries = "format=start_time:packet=pts_time,flags";
    const input = `file:${picture.file.path}`;
    const args = [
      "-select_streams",
      String(picture.index),
      "-read_intervals",
      interval,
      "-show_entries",
      entries,
      "-i",
      input,
    ];
    return Packets.parse(await askProbe(tools, args, { signal, deadlineMs }));
  };
  let found = await ask(`${seconds}%+#1`);
  const start = found.format.start_time;
  // Timestamps of transport streams start anywhere: ffprobe takes timestamps, our times are relative to the start.
  const position = seconds + start;
  if (Math.abs(start) > 0.001) found = await ask(`${position}%+#1`);
  // With an index the seek has landed on a key frame; without one, anywhere.
  for (const window of [0, ...windows]) {
    if (window > 0) found = await ask(`${Math.max(start, position - window)}%${position}`);
    const frames = found.packets.filter(
      (packet) => packet.flags.startsWith("K") && packet.pts_time <= position + 0.001,
    );
    const last = frames.at(-1);
    if (last) return Math.max(0, last.pts_time - start);
  }
  return seconds;
}

/**
 * The ranges, with the place where the decoding of the picture has to begin where a seek would miss the key frame. Of a file
 * without an index, as a transport stream is, whole groups of pictures would be missing else.
 */
export async function withDecodeStarts(
  tools: FfmpegTools,
  ranges: readonly TimeRange[],
  picture: Picture,
  signal: AbortSignal,
): Promise<readonly UsedRange[]> {
  if (!picture.file.format.startsWith("mpegts")) return ranges;
  const used: UsedRange[] = [];
  for (const range of ranges) {
    const keyFrame = await keyFrameBefore(tools, picture, range.startSeconds, signal);
    used.push({ ...range, decodeFrom: Math.max(0, keyFrame - seekMargin) });
  }
  return used;
}

/** A seek in a transport stream may land a little late, in seconds. */
const seekMargin = 0.5;

/** The ranges, each extended back to a key frame of the video; ranges that then overlap are merged. */
export async function alignToKeyFrames(
  tools: FfmpegTools,
  ranges: readonly TimeRange[],
  picture: Picture,
  signal: AbortSignal,
): Promise<TimeRange[]> {
  const aligned: TimeRange[] = [];
  for (const range of ranges) {
    const startSeconds = await keyFrameBefore(tools, picture, range.startSeconds, signal);
    const last = aligned.at(-1);
    if (last && startSeconds <= last.endSeconds) aligned.splice(-1, 1, { ...last, endSeconds: range.endSeconds });
    else aligned.push({ startSeconds, endSeconds: range.endSeconds });
  }
  return aligned;
}
