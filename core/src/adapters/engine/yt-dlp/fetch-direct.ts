import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "../../../errors/app-error.ts";
import type { FetchedStream, PlannedStream } from "../../../pipeline/downloader.ts";
import type { TimeRange } from "../../../pipeline/timeline/time-ranges.ts";
import type { Logger } from "../../../telemetry/logger.ts";
import { chooseParts } from "../media-index/index.ts";
import { type ChooseSpans, FileTooLarge, NotTransferable, TransferFailed, transferFile } from "../transfer/index.ts";
import type { DirectSource } from "./direct-sources.ts";
import { failureOf } from "./errors.ts";
import type { ProgressMeter } from "./fetch-progress.ts";
import { onDisk, workFolderError } from "./on-disk.ts";
import type { YtDlpOptions } from "./options.ts";
import type { WorkArea } from "./work-area.ts";

/** How streams are fetched without yt-dlp. */
export interface DirectFetcher {
  /**
   * Fetches these streams side by side. Returns those that it could; what is left is yt-dlp's. Rejects as
   * `Downloader.fetch` does.
   */
  fetch(streams: readonly PlannedStream[], options: DirectOptions): Promise<readonly DirectlyFetched[]>;
}

/** A stream that was fetched, and how many bytes of it: only those that its parts need, where it has an index. */
export interface DirectlyFetched extends FetchedStream {
  readonly bytes: number;
}

export interface DirectOptions {
  readonly sources: readonly DirectSource[];
  /** What is needed of the streams; null: all of it. */
  readonly ranges: readonly TimeRange[] | null;
  /** That of the leased egress. */
  readonly proxyUrl: string;
  readonly area: WorkArea;
  readonly meter: ProgressMeter;
  /** The progress has changed. */
  readonly onProgress: () => void;
  /** Limit of their total size; null: no limit. */
  readonly maxBytes: number | null;
  readonly stallMs: number;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
  readonly now: () => Date;
}

/** Of all streams that a process fetches at once, beside the first connection of each. */
const mostHelpers = 32;
/** Window over which the speed is measured. */
const speedWindowMs = 3_000;

/** Fetches over connections of the way out that `dialThrough` gives; `ca` gives the authorities in place of the runtime's own. */
export function createDirectFetcher(
  { dialThrough, connections }: NonNullable<YtDlpOptions["direct"]>,
  ca: () => Promise<string | undefined>,
  logger: Logger | undefined,
): DirectFetcher {
  let helpers = 0;
  const takePlace = () => {
    if (helpers >= mostHelpers) return null;
    helpers += 1;
    return () => {
      helpers -= 1;
    };
  };

  return {
    async fetch(streams, options) {
      const { area, meter, maxBytes, signal, now } = options;
      const found = streams.flatMap((stream) => {
        const source = options.sources.find(({ formatId }) => formatId === stream.formatId);
        return source === undefined ? [] : [{ stream, source }];
      });
      const dial = found.length === 0 ? null : await dialThrough(options.proxyUrl);
      if (dial === null) return [];
      await onDisk(mkdir(area.directParts, { recursive: true }));
      // Of several streams a new file is made; one alone may be the result as it is.
      const digest = streams.length === 1 && options.ranges === null;
      const parts = partChooser(streams, options.ranges);
      const authorities = await ca();
      const stop = new AbortController();
      let movedAt = performance.now();
      const watchdog = setInterval(
        () => {
          if (performance.now() - movedAt < options.stallMs) return;
          stop.abort(new AppError("stalled", "The source sent nothing for too long."));
        },
        Math.min(1_000, options.stallMs / 4),
      );
      const late = () => stop.abort(new AppError("timed_out", "Fetching took longer than allowed."));
      const deadline = setTimeout(late, Math.min(options.deadlineMs, 0x7fff_ffff));
      const either = AbortSignal.any([signal, stop.signal]);

      const fetchOne = async (stream: PlannedStream, source: DirectSource): Promise<DirectlyFetched[]> => {
        const { formatId, bytes } = stream;
        const name = `direct-${fileNameOf(formatId)}-${bytes ?? 0}.${source.extension}`;
        const path = join(area.media, name);
        const speed = createSpeed();
        try {
          const choose = parts.of(stream);
          const { sha256, bytes: fetched } = await transferFile(
            {
              source,
              partPath: join(area.directParts, `${name}.part`),
              path,
              expectedBytes: bytes,
              digest,
              ...(choose && { choose }),
            },
            {
              dial,
              ca: authorities,
              connections,
              takePlace,
              maxBytes,
              signal: either,
              onBytes: (downloaded_bytes, total_bytes) => {
                movedAt = performance.now();
                meter.update(formatId, { downloaded_bytes, total_bytes, speed: speed(downloaded_bytes) });
                const { downloadedBytes } = meter.read();
                if (maxBytes !== null && downloadedBytes > maxBytes) stop.abort(tooLarge(downloadedBytes, maxBytes));
                options.onProgress();
              },
            },
          );
          return [{ formatId, path, sha256, bytes: fetched }];
        } catch (error) {
          if (error instanceof NotTransferable && !either.aborted) {
            logger?.debug("a stream is left to yt-dlp", { formatId, reason: error.message });
            return [];
          }
          stop.abort(error instanceof FileTooLarge ? tooLarge(error.bytes, maxBytes ?? 0) : failure(error, now()));
          throw error;
        } finally {
          parts.ended(stream);
        }
      };

      try {
        // All have ended before this does: nothing may write into the folder any more.
        const ends = await Promise.allSettled(found.map(({ stream, source }) => fetchOne(stream, source)));
        signal.throwIfAborted();
        if (stop.signal.aborted) throw stop.signal.reason;
        return ends.flatMap((end) => (end.status === "fulfilled" ? end.value : []));
      } finally {
        clearInterval(watchdog);
        clearTimeout(deadline);
      }
    },
  };
}

/** Chooses the parts of several streams, so that they fit together. */
interface PartChooser {
  /** How the parts of a stream are chosen; null: all of it is fetched. */
  of(stream: PlannedStream): ChooseSpans | null;
  /** A stream is fetched, or cannot be. */
  ended(stream: PlannedStream): void;
}

/**
 * Picture and sound are cut at the same time, at a key frame of the picture: what is needed of the sound is known when the index of
 * the picture was read. When all of the picture is fetched, so is all of the sound.
 */
function partChooser(streams: readonly PlannedStream[], ranges: readonly TimeRange[] | null): PartChooser {
  const leading = streams.find(({ hasVideo }) => hasVideo) ?? streams[0];
  const led = Promise.withResolvers<readonly TimeRange[] | null>();
  return {
    of(stream) {
      if (ranges === null) return null;
      if (stream !== leading) {
        return async (file) => {
          const begins = await led.promise;
          return begins === null ? null : ((await chooseParts(file, begins))?.spans ?? null);
        };
      }
      return async (file) => {
        const needed = await chooseParts(file, ranges);
        led.resolve(needed?.ranges ?? null);
        return needed?.spans ?? null;
      };
    },
    ended(stream) {
      if (stream === leading) led.resolve(null);
    },
  };
}

/** A readable file name, unique for each format whatever a site calls them, and the same in each attempt. */
function fileNameOf(formatId: string): string {
  const digest = createHash("sha256").update(formatId).digest("hex");
  return `${formatId.replace(/[^\w.-]/g, "_").slice(0, 64)}-${digest.slice(0, 12)}`;
}

/** The error for streams that exceed the limit. */
export function tooLarge(bytes: number, maxBytes: number): AppError {
  return new AppError("file_too_large", `It has ${bytes} bytes or more; at most ${maxBytes} are allowed.`);
}

/** Uses the messages of yt-dlp, so that they map to the same codes. */
function failure(error: unknown, now: Date): unknown {
  if (!(error instanceof TransferFailed)) return workFolderError(error);
  const errors = [{ message: `unable to download video data: ${error.message}`, causes: [] }];
  const named = failureOf({ errors, warnings: [], text: [] }, now, error);
  if (/HTTP Error/.test(error.message)) return named;
  return new AppError("network_error", named.message, { cause: error });
}

/** Computes the speed from the number of bytes so far. */
function createSpeed(): (bytes: number) => number | null {
  let samples: { readonly at: number; readonly bytes: number }[] = [];
  return (bytes) => {
    const at = performance.now();
    const last = samples.at(-1);
    if (last === undefined || at - last.at >= 100) {
      samples = [...samples.filter((sample) => at - sample.at < speedWindowMs), { at, bytes }];
    }
    const [first] = samples;
    return first === undefined || at - first.at < 100 ? null : ((bytes - first.bytes) / (at - first.at)) * 1_000;
  };
}
