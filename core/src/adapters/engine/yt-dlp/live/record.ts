import { mkdir, truncate } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "../../../../errors/app-error.ts";
import type {
  FetchedStream,
  LiveWishes,
  PlannedStream,
  Recording,
  RecordOptions,
  Resolution,
} from "../../../../pipeline/downloader.ts";
import { together } from "../../../../runtime/together.ts";
import { loadArgs, recordArgs } from "../command-line.ts";
import type { Engine } from "../engine.ts";
import { onDisk } from "../on-disk.ts";
import { openWorkArea, type WorkArea } from "../work-area.ts";
import { type RecordedStream, readJournal } from "./journal.ts";
import { livePlugin } from "./live-plugin.ts";

/** The recorder ends a recording by itself; this long after it should have, it is ended. */
const graceMs = 600_000;

/** Records the streams side by side, each by a yt-dlp of its own. */
export async function recordStreams(
  engine: Pick<Engine, "succeed">,
  { streams, live }: Resolution,
  options: RecordOptions,
): Promise<Recording> {
  if (live === undefined) throw new AppError("internal_error", "This is no live stream.");
  const area = await openWorkArea(options.folder.path);
  await onDisk(mkdir(area.recording, { recursive: true }));
  const recorded = new Map<PlannedStream, RecordedStream>();
  for (const stream of streams) recorded.set(stream, await readJournal(nameOf(area, stream)));
  const meter = createLiveMeter(recorded, options.onProgress);
  await together(
    options.signal,
    streams.map((stream) => async (signal) => {
      const before = recorded.get(stream);
      const isEnough = before !== undefined && (before.end !== null || before.seconds >= live.maxSeconds);
      if (isEnough || options.finish.aborted) return;
      await recordStream(engine, area, { stream, live, meter }, { ...options, signal });
    }),
  );
  const ends = await Promise.all(
    streams.map(async (stream) => [stream, await readJournal(nameOf(area, stream))] as const),
  );
  return await recordingOf(ends, live);
}

/** One stream to record. */
interface OneStream {
  readonly stream: PlannedStream;
  readonly live: LiveWishes;
  readonly meter: LiveMeter;
}

async function recordStream(
  engine: Pick<Engine, "succeed">,
  area: WorkArea,
  { stream, live, meter }: OneStream,
  { egress, signal, finish, stallMs }: RecordOptions,
): Promise<void> {
  try {
    await engine.succeed({
      args: [...loadArgs(area.info), ...recordArgs(stream, live, nameOf(area, stream))],
      // Its own: the streams are recorded at the same time.
      home: join(area.home, `live-${roleOf(stream)}`),
      plugins: [livePlugin],
      egress,
      // What is whole is on the disk already, so that to end it is to finish it.
      signal: AbortSignal.any([signal, finish]),
      deadlineMs: live.maxSeconds * 1000 + graceMs,
      stallMs,
      onLine: (line, run) => {
        if (line.t === "progress" && meter.update(stream, line.p)) run.touch();
      },
    });
  } catch (error) {
    if (signal.aborted || !finish.aborted) throw error;
  }
}

/** What an earlier attempt recorded of other formats is continued: the name says only what the stream is of. */
const nameOf = (area: WorkArea, stream: PlannedStream): string => join(area.recording, roleOf(stream));

const roleOf = ({ hasVideo, hasAudio }: PlannedStream): string =>
  hasVideo && hasAudio ? "both" : hasVideo ? "picture" : "sound";

async function recordingOf(
  ends: readonly (readonly [PlannedStream, RecordedStream])[],
  { maxSeconds }: LiveWishes,
): Promise<Recording> {
  const streams: FetchedStream[] = [];
  for (const [{ formatId }, { pieces }] of ends) {
    const [first] = pieces;
    if (first === undefined) return { streams: [], seconds: 0, bytes: 0, missingSeconds: 0, end: null };
    // What comes after the last whole segment is part of one.
    for (const { path, bytes } of pieces) await onDisk(truncate(path, bytes));
    const periods = pieces.map(({ path }) => ({ path, startSeconds: null, seconds: null, offsetSeconds: null }));
    streams.push({ formatId, path: first.path, ...(periods.length > 1 ? { periods } : {}) });
  }
  const all = ends.map(([, stream]) => stream);
  const seconds = Math.min(...all.map((stream) => stream.seconds));
  const missed = all.map(({ pieces }) => pieces.reduce((sum, { missingSeconds }) => sum + missingSeconds, 0));
  const isLong = all.some(({ end }) => end === "limit") || seconds >= maxSeconds;
  const end = isLong ? "limit" : all.every((stream) => stream.end === "over") ? "over" : null;
  const bytes = all.reduce((sum, stream) => sum + stream.bytes, 0);
  return { streams, seconds, bytes, missingSeconds: Math.max(...missed), end };
}

/** Adds up the progress of the streams. */
interface LiveMeter {
  /** True when there is more of the stream than before. */
  update(stream: PlannedStream, progress: LiveProgress): boolean;
}

interface LiveProgress {
  readonly downloaded_bytes?: number | null | undefined;
  readonly recorded_seconds?: number | null | undefined;
  readonly speed?: number | null | undefined;
}

function createLiveMeter(
  recorded: ReadonlyMap<PlannedStream, RecordedStream>,
  onProgress: RecordOptions["onProgress"],
): LiveMeter {
  const parts = new Map([...recorded].map(([stream, { bytes, seconds }]) => [stream, { bytes, seconds, speed: 0 }]));
  return {
    update(stream, { downloaded_bytes, recorded_seconds, speed }) {
      const before = parts.get(stream);
      const bytes = downloaded_bytes ?? 0;
      if (before === undefined || bytes <= before.bytes) return false;
      parts.set(stream, { bytes, seconds: recorded_seconds ?? before.seconds, speed: speed ?? before.speed });
      const all = [...parts.values()];
      const sum = (of: (part: (typeof all)[number]) => number) => all.reduce((total, part) => total + of(part), 0);
      onProgress({
        fraction: null,
        downloadedBytes: sum((part) => part.bytes),
        totalBytes: null,
        bytesPerSecond: Math.round(sum((part) => part.speed)),
        etaSeconds: null,
        recordedSeconds: Math.min(...all.map((part) => part.seconds)),
      });
      return true;
    },
  };
}
