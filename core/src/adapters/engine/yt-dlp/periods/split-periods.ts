import { readFile, rename, writeFile } from "node:fs/promises";
import { z } from "zod";
import type { PlannedStream } from "../../../../pipeline/downloader.ts";
import type { TimeRange } from "../../../../pipeline/timeline/time-ranges.ts";
import type { Info, InfoMedia } from "../info.ts";
import { onDisk } from "../on-disk.ts";
import type { WorkArea } from "../work-area.ts";

/** A period of a stream, which is fetched as a stream of its own. */
export interface PlannedPeriod {
  /** Null: there is nothing of the stream in this period. */
  readonly stream: PlannedStream | null;
  /** On the timeline of the whole. */
  readonly startSeconds: number;
  /** Null: as long as its media. */
  readonly seconds: number | null;
  /** The timestamp of its media that is the start of the period. */
  readonly offsetSeconds: number;
}

/** By format: the periods that it consists of, where there are several. */
export type Periods = Readonly<Record<string, readonly PlannedPeriod[]>>;

const Format = z.looseObject({ format_id: z.string() });
const SavedInfo = z.looseObject({
  formats: z.array(
    Format.extend({ periods: z.array(z.looseObject({ format: z.looseObject({}).nullish() })).nullish() }),
  ),
});

/**
 * Adds a format for each period of the chosen streams to the saved info JSON, so that each is fetched by itself. Of several periods
 * those between the first and the last are taken that these ranges need; null: all. Returns the info with what is to be fetched.
 */
export async function splitPeriods(
  area: WorkArea,
  info: Info,
  streams: readonly PlannedStream[],
  ranges: readonly TimeRange[] | null,
): Promise<{ readonly info: Info; readonly periods: Periods }> {
  const chosen = streams.map((stream) => ({
    stream,
    format: [...info.requested_formats, ...info.formats].find(({ format_id }) => format_id === stream.formatId),
  }));
  const periods: Record<string, readonly PlannedPeriod[]> = {};
  const fetched: InfoMedia[] = [];
  for (const { stream, format } of chosen) {
    if (format === undefined) continue;
    const planned = neededPeriods(plannedPeriods(format, stream), ranges);
    if (planned.length > 0) periods[stream.formatId] = planned;
    else fetched.push(format);
    for (const period of planned) {
      const place = period.stream && format.periods[numberOf(period.stream)]?.format;
      if (period.stream && place)
        fetched.push({ ...format, ...withoutNulls(place), format_id: period.stream.formatId });
    }
  }
  if (Object.keys(periods).length === 0) return { info, periods };
  await onDisk(addFormats(area.info, periods));
  return { info: { ...info, requested_formats: fetched }, periods };
}

const plannedPeriods = ({ periods }: InfoMedia, stream: PlannedStream): PlannedPeriod[] =>
  periods.map(({ start, seconds, offset, format }, index) => ({
    stream: format && { ...stream, formatId: `${stream.formatId}${mark}${index}`, bytes: format.filesize ?? null },
    // A stream may begin later than its manifest.
    startSeconds: start - (periods[0]?.start ?? 0),
    seconds: seconds ?? null,
    offsetSeconds: offset,
  }));

const mark = "-period-";
const numberOf = ({ formatId }: PlannedStream): number =>
  Number(formatId.slice(formatId.lastIndexOf(mark) + mark.length));

/** Periods are one after the other, so those between two that are needed are needed too. */
function neededPeriods(periods: readonly PlannedPeriod[], ranges: readonly TimeRange[] | null) {
  if (ranges === null) return periods;
  const isNeeded = ({ startSeconds, seconds }: PlannedPeriod) =>
    ranges.some(
      (range) => range.endSeconds > startSeconds && (seconds === null || range.startSeconds < startSeconds + seconds),
    );
  const [first, last] = [periods.findIndex(isNeeded), periods.findLastIndex(isNeeded)];
  const needed = first === -1 ? [] : periods.slice(first, last + 1);
  // Where nothing of the stream is in them, all of it tells so.
  return needed.some(({ stream }) => stream !== null) ? needed : periods;
}

async function addFormats(path: string, periods: Periods): Promise<void> {
  const info = SavedInfo.parse(JSON.parse(await readFile(path, "utf8")));
  const added = info.formats.flatMap(({ periods: places, ...format }) =>
    (periods[format.format_id] ?? []).flatMap(({ stream }) =>
      stream === null ? [] : [{ ...format, ...places?.[numberOf(stream)]?.format, format_id: stream.formatId }],
    ),
  );
  const changed = { ...info, formats: [...info.formats, ...added] };
  await writeFile(`${path}.new`, JSON.stringify(changed), { mode: 0o600 });
  await rename(`${path}.new`, path);
}

/** What a period says of itself; what it does not say is as in the whole. */
const withoutNulls = <T extends object>(place: T): Partial<T> =>
  Object.fromEntries(Object.entries(place).filter(([, value]) => value != null)) as Partial<T>;
