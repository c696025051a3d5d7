import { AppError } from "../../../errors/index.ts";
import type { Logger } from "../../../telemetry/logger.ts";
import type { Telemetry } from "../../../telemetry/telemetry.ts";
import { type ChildLimits, type ChildOutcome, capture, endOf, ranOutOfMemory, run } from "../process/index.ts";
import type { Programs } from "./guarded-programs.ts";

/** The programs and what every run of them shares. */
export interface FfmpegTools {
  /** What `installWrappers` returned. */
  readonly programs: Programs;
  readonly env: Readonly<Record<string, string>>;
  readonly limits: ChildLimits;
  /** Stop FFmpeg when its output has not grown for this long. */
  readonly stallMs: number;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
}

export interface ExecuteOptions {
  readonly signal: AbortSignal;
  readonly deadlineMs: number;
  /** Position in the output, in seconds. */
  readonly onPosition?: (seconds: number) => void;
}

const keptLines = 40;

/**
 * Runs FFmpeg to its end and returns the last lines it wrote.
 * @throws AppError `processing_failed`, `disk_full`, `file_too_large`, `out_of_memory`, `timed_out` or `tool_missing`; the signal's reason.
 */
export async function execute(
  tools: FfmpegTools,
  args: readonly string[],
  options: ExecuteOptions,
): Promise<readonly string[]> {
  options.signal.throwIfAborted();
  const lines: string[] = [];
  let position = -1;
  let written = "";
  const child = run(tools.programs.ffmpeg, args, {
    env: tools.env,
    limits: tools.limits,
    signal: options.signal,
    deadlineMs: options.deadlineMs,
    stallMs: tools.stallMs,
    told: { telemetry: tools.telemetry, program: "ffmpeg" },
    onStderr: (line) => {
      lines.push(line.slice(0, 1024));
      if (lines.length > keptLines) lines.shift();
    },
    onStdout: (line) => {
      const [key = "", value = ""] = line.split("=");
      if (key === "total_size" && value !== written) {
        written = value;
        child.touch();
      }
      // Microseconds; "N/A" before the first frame, and negative while it seeks.
      const micros = key === "out_time_us" ? Number(value) : Number.NaN;
      if (!(micros > position)) return;
      position = micros;
      child.touch();
      options.onPosition?.(micros / 1_000_000);
    },
  });
  check(await child.done.catch(notStarted), lines, options.signal, tools);
  return lines;
}

function notStarted(error: unknown): never {
  throw new AppError("tool_missing", "FFmpeg could not be started", { cause: error });
}

function check(outcome: ChildOutcome, lines: readonly string[], signal: AbortSignal, tools: FfmpegTools): void {
  if (outcome.stoppedBy === "aborted") signal.throwIfAborted();
  if (outcome.stoppedBy === "deadline") throw new AppError("timed_out", "FFmpeg took longer than allowed");
  if (outcome.stoppedBy === "stalled") throw new AppError("timed_out", "FFmpeg made no progress for too long");
  const text = lines.join("\n");
  const cause = new Error(`it ended with ${endOf(outcome)}: ${text.slice(-2_000)}`);
  if (/No space left on device|Disk quota exceeded/.test(text)) throw new AppError("disk_full", undefined, { cause });
  if (outcome.exitCode === 0) return;
  tools.logger.warn("ffmpeg failed", { exitCode: outcome.exitCode, signal: outcome.signal, lines: lines.slice(-5) });
  // The kernel sends SIGXFSZ to a program that exceeds its file size limit; it then ends without a message.
  if (/File too large/.test(text) || outcome.signal === "SIGXFSZ")
    throw new AppError("file_too_large", "the result grew beyond the limit", { cause });
  if (lacksMemory(outcome, text)) throw new AppError("out_of_memory", "FFmpeg ran out of memory", { cause });
  if (outcome.exitCode === 127) throw new AppError("tool_missing", "FFmpeg could not be started", { cause });
  const reason = outcome.signal === null ? explain(lines) : `it was ended by ${outcome.signal}`;
  throw new AppError("processing_failed", `FFmpeg failed: ${reason}`, { cause });
}

/** FFmpeg reports a thread whose stack cannot be allocated as EAGAIN. */
function lacksMemory(outcome: ChildOutcome, text: string): boolean {
  return ranOutOfMemory(outcome, text) || /Resource temporarily unavailable/.test(text);
}

/** The last line that reads like an error, without the paths of this machine. */
export function explain(lines: readonly string[]): string {
  const telling = lines.filter((line) =>
    /error|invalid|unable|cannot|could not|failed|not found|no such|unsupported/i.test(line),
  );
  const line = telling.at(-1) ?? lines.at(-1) ?? "it gave no reason";
  return line
    .replaceAll(/(file:)?\/[^\s':]+/g, "…")
    .replace(/^\[[^\]]*\] /, "")
    .slice(0, 300);
}

/**
 * Runs ffprobe and parses its JSON.
 * @throws AppError `tool_missing`, `timed_out`, `out_of_memory` or, with ffprobe's message as `cause`, `output_invalid`.
 */
export async function askProbe(tools: FfmpegTools, args: readonly string[], options: ExecuteOptions): Promise<unknown> {
  options.signal.throwIfAborted();
  const answer = await capture(
    tools.programs.ffprobe,
    ["-hide_banner", "-v", "error", "-print_format", "json=compact=1", ...args],
    {
      env: tools.env,
      limits: tools.limits,
      signal: options.signal,
      deadlineMs: options.deadlineMs,
      told: { telemetry: tools.telemetry, program: "ffprobe" },
    },
  ).catch(notStarted);
  checkProbe(answer, answer.stderr, options.signal);
  try {
    return JSON.parse(answer.stdout);
  } catch (error) {
    throw new AppError("output_invalid", "ffprobe's answer cannot be read", { cause: error });
  }
}

/**
 * Has ffprobe list packets: `onPacket` is given a line of comma-separated values for each. However many they are, none are kept.
 * Rejects as {@link askProbe} does.
 */
export async function listPackets(
  tools: FfmpegTools,
  args: readonly string[],
  { signal, deadlineMs }: ExecuteOptions,
  onPacket: (line: string) => void,
): Promise<void> {
  signal.throwIfAborted();
  const said: string[] = [];
  const command = ["-hide_banner", "-v", "error", "-print_format", "csv=print_section=0", ...args];
  const child = run(tools.programs.ffprobe, command, {
    ...{ env: tools.env, limits: tools.limits, signal, deadlineMs },
    told: { telemetry: tools.telemetry, program: "ffprobe" },
    onStdout: onPacket,
    onStderr: (line) => {
      if (said.length < keptLines) said.push(line.slice(0, 1024));
    },
  });
  checkProbe(await child.done.catch(notStarted), said.join("\n"), signal);
}

function checkProbe(answer: ChildOutcome, said: string, signal: AbortSignal): void {
  if (answer.stoppedBy === "aborted") signal.throwIfAborted();
  if (answer.stoppedBy !== null) throw new AppError("timed_out", "ffprobe took longer than allowed");
  const cause = new Error(said.slice(-2_000));
  if (ranOutOfMemory(answer, said)) throw new AppError("out_of_memory", "ffprobe ran out of memory", { cause });
  if (answer.exitCode === 127) throw new AppError("tool_missing", "ffprobe could not be started");
  if (answer.exitCode !== 0) throw new AppError("output_invalid", undefined, { cause });
}
