import type { PlannedStream } from "../../../pipeline/downloader.ts";
import type { TimeRange } from "../../../pipeline/timeline/time-ranges.ts";
import type { DirectSource } from "./direct-sources.ts";
import type { Periods } from "./periods/split-periods.ts";
import type { TrimmedSegments } from "./trim-segments.ts";

/** Files of these kinds have an index by which parts of them are found. */
const indexed = new Set("m4a m4v mka mkv mov mp4 weba webm".split(" "));
/** Parts begin at key frames and reach a little further, in seconds for each clip. */
const around = 30;

interface Needs {
  readonly sources: readonly DirectSource[];
  readonly trimmed: TrimmedSegments;
  readonly periods: Periods;
  /** Null: all is needed. */
  readonly ranges: readonly TimeRange[] | null;
  readonly durationSeconds: number | null;
}

/**
 * The streams with about how much will be fetched of them. Where it turns out to be more, as the source gives no parts, the limits
 * hold while it is fetched.
 */
export function withNeededBytes(streams: readonly PlannedStream[], needs: Needs): readonly PlannedStream[] {
  return streams.map((stream) => {
    const neededBytes = neededOf(stream, needs);
    return neededBytes === null ? stream : { ...stream, neededBytes: Math.ceil(neededBytes) };
  });
}

function neededOf({ formatId, bytes }: PlannedStream, needs: Needs): number | null {
  const { sources, trimmed, periods, ranges, durationSeconds } = needs;
  const parts = periods[formatId]?.flatMap(({ stream }) => stream?.bytes ?? []) ?? [];
  if (parts.length > 0) return parts.reduce((sum, one) => sum + one, 0);
  if (bytes === null) return null;
  const segments = trimmed[formatId];
  if (segments !== undefined) return bytes * segments.share;
  const isIndexed = sources.some((source) => source.formatId === formatId && indexed.has(source.extension));
  if (ranges === null || !isIndexed || !durationSeconds) return null;
  const seconds = ranges.reduce((sum, { startSeconds, endSeconds }) => {
    return sum + Math.max(0, Math.min(endSeconds, durationSeconds) - startSeconds) + around;
  }, 0);
  return seconds >= durationSeconds ? null : bytes * (seconds / durationSeconds);
}
