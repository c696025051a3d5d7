import type { FetchProgress, PlannedStream } from "../../../pipeline/downloader.ts";
import type { StreamProgress } from "./hook-lines.ts";

/** Adds up the progress of several streams. */
export interface ProgressMeter {
  /** What is known of one stream by now; true when it has more bytes than before. */
  update(formatId: string | null, progress: StreamProgress): boolean;
  /** A stream is complete, with this size. */
  finish(formatId: string, bytes: number): void;
  /** Everything together. */
  read(): FetchProgress;
}

interface Part {
  weight: number;
  expected: number | null;
  downloaded: number;
  fraction: number;
  speed: number | null;
}

/**
 * A meter over the streams of a plan. Estimates of fragmented streams go up and down, so its output is made
 * monotonic: neither the fraction nor the bytes ever decrease.
 */
export function createProgressMeter(streams: readonly PlannedStream[]): ProgressMeter {
  const sized = streams.every(({ bytes }) => bytes !== null);
  const parts = new Map<string, Part>(
    streams.map((stream) => [
      stream.formatId,
      {
        // Where sizes are unknown: sound is a small part of a video.
        weight: sized ? (stream.bytes ?? 1) : stream.hasVideo ? 0.85 : 0.15,
        expected: stream.bytes,
        downloaded: 0,
        fraction: 0,
        speed: null,
      },
    ]),
  );
  let current: Part | undefined;
  let speed: number | null = null;
  let fractionHeld = 0;
  let bytesHeld = 0;
  let known = false;

  return {
    update(formatId, progress) {
      const part = (formatId === null ? undefined : parts.get(formatId)) ?? current;
      if (!part) return false;
      current = part;
      const downloaded = progress.downloaded_bytes ?? 0;
      const grew = downloaded > part.downloaded;
      part.downloaded = Math.max(part.downloaded, downloaded);
      part.expected = progress.total_bytes ?? progress.total_bytes_estimate ?? part.expected;
      const fraction = fractionOf(progress, part);
      if (fraction !== null) known = true;
      part.fraction = Math.max(part.fraction, Math.min(fraction ?? 0, 1));
      part.speed = progress.speed ?? part.speed;
      return grew;
    },
    finish(formatId, bytes) {
      const part = parts.get(formatId);
      if (!part) return;
      known = true;
      Object.assign(part, { downloaded: bytes, expected: bytes, fraction: 1 });
    },
    read() {
      const all = [...parts.values()];
      const weights = all.reduce((sum, part) => sum + part.weight, 0);
      const fraction = weights === 0 ? 1 : all.reduce((sum, part) => sum + part.weight * part.fraction, 0) / weights;
      fractionHeld = Math.max(fractionHeld, Math.min(fraction, 1));
      bytesHeld = Math.max(
        bytesHeld,
        all.reduce((sum, part) => sum + part.downloaded, 0),
      );
      const total = all.reduce<number | null>(
        (sum, part) => (sum === null || part.expected === null ? null : sum + Math.max(part.expected, part.downloaded)),
        0,
      );
      const totalBytes = total === null ? null : Math.max(Math.round(total), bytesHeld);
      // Of those that are under way; between two of them the last speed stands.
      const speeds = all.flatMap(({ speed: one, fraction: done }) => (one === null || done === 1 ? [] : [one]));
      if (speeds.length > 0) speed = speeds.reduce((sum, one) => sum + one, 0);
      const bytesPerSecond = speed === null ? null : Math.round(speed);
      return {
        fraction: known ? fractionHeld : null,
        downloadedBytes: bytesHeld,
        totalBytes,
        bytesPerSecond,
        etaSeconds:
          totalBytes === null || !bytesPerSecond ? null : Math.ceil((totalBytes - bytesHeld) / bytesPerSecond),
      };
    },
  };
}

function fractionOf(progress: StreamProgress, part: Part): number | null {
  const { fragment_index: index, fragment_count: count } = progress;
  // Counted fragments are surer than a size guessed from the first of them.
  if (count != null && count > 0 && index != null) return index / count;
  if (part.expected !== null && part.expected > 0) return part.downloaded / part.expected;
  return null;
}
