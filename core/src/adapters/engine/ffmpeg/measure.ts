import { AppError } from "../../../errors/index.ts";
import type { MediaFile } from "../../../pipeline/transcoder.ts";
import { buildArguments } from "./command.ts";
import { execute, type FfmpegTools } from "./execute.ts";
import { hasIndex } from "./layout.ts";
import { type TransportTimes, transportTimes } from "./transport-times.ts";

const deadlineMs = 600_000;

/**
 * The file with its real length. Without an index ffprobe guesses from a bit rate or from the last timestamp, so the packets are
 * counted: of sound always, of a transport stream where it does not agree with the source. A file that is shorter than its own
 * header says is refused.
 */
export async function withRealLength(
  tools: FfmpegTools,
  file: MediaFile,
  expectedSeconds: number | null,
  signal: AbortSignal,
): Promise<MediaFile> {
  const claimed = file.durationSeconds;
  if (hasIndex(file.format)) return file;
  if (file.format.startsWith("mpegts")) {
    const { missingSeconds, ends } = await transportTimes(file.path, signal);
    const stream = { ...file, missingSeconds, streams: ends === null ? file.streams : endingAt(file, ends) };
    if (claimed !== null && expectedSeconds !== null && isNear(claimed, expectedSeconds)) return stream;
    const { seconds } = await countPackets(tools, file.path, signal);
    if (seconds === null) return stream;
    return { ...stream, durationSeconds: seconds, isDiscontinuous: seconds > (claimed ?? 0) + 1 };
  }
  const { seconds, isEstimated } = await countPackets(tools, file.path, signal);
  if (seconds === null) return file;
  if (claimed !== null && !isEstimated && seconds < claimed && !isNear(seconds, claimed)) {
    const detail = `the file is cut off: it has ${seconds.toFixed(1)} of ${claimed.toFixed(1)} s`;
    throw new AppError("output_invalid", detail);
  }
  return { ...file, durationSeconds: seconds };
}

/** The streams of a transport stream, of which one may end before the other. */
function endingAt({ streams }: MediaFile, ends: NonNullable<TransportTimes["ends"]>): MediaFile["streams"] {
  return streams.map((stream) => {
    const end = stream.kind === "audio" ? ends.sound : stream.kind === "video" ? ends.picture : Number.NaN;
    return Number.isFinite(end) ? { ...stream, durationSeconds: end } : stream;
  });
}

/** The file of a part of its source with the length of what it holds: a header tells of the whole, and fragments count from its start. */
export async function withMeasuredLength(tools: FfmpegTools, file: MediaFile, signal: AbortSignal): Promise<MediaFile> {
  const { seconds } = await countPackets(tools, file.path, signal);
  return seconds === null ? file : { ...file, durationSeconds: seconds };
}

const isNear = (one: number, other: number) => Math.abs(one - other) <= Math.max(1, other * 0.02);

/** Reads the file to its end without decoding it. Timestamps that start anew go on from the last one. */
async function countPackets(
  tools: FfmpegTools,
  path: string,
  signal: AbortSignal,
): Promise<{ readonly seconds: number | null; readonly isEstimated: boolean }> {
  let seconds: number | null = null;
  const call = {
    inputs: [{ path, options: [] }],
    graph: null,
    videoFilters: [],
    audioFilters: [],
    outputOptions: ["-map", "0:V?", "-map", "0:a?", "-c", "copy"],
    output: null,
  };
  const onPosition = (position: number) => {
    seconds = position;
  };
  const said = await execute(tools, buildArguments(call), { signal, deadlineMs, onPosition });
  return { seconds, isEstimated: said.some((line) => line.includes("Estimating duration from bitrate")) };
}
