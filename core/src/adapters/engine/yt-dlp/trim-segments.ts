import { readFile, rename, writeFile } from "node:fs/promises";
import { z } from "zod";
import type { TimeRange } from "../../../pipeline/timeline/time-ranges.ts";
import {
  type ChosenSegments,
  chooseSegments,
  type SegmentList,
  secondsBetween,
  writePlaylist,
} from "../media-index/index.ts";
import type { SmallFileClient } from "../transfer/index.ts";
import { pictureBeside, segmentSources } from "./direct-sources.ts";
import type { Info } from "./info.ts";
import { onDisk } from "./on-disk.ts";
import { laterBy, openSegmentStream, SavedFormat, type SegmentStream } from "./segment-streams.ts";
import type { WorkArea } from "./work-area.ts";

/** What streams of segments say of themselves, by format. */
export interface KnownSegments {
  /** Those of which only some segments are fetched. */
  readonly trimmed: TrimmedSegments;
  /** How much later than the source a stream begins of which all is fetched, in seconds; absent: with it, or that is not known. */
  readonly laterBy: Readonly<Record<string, number>>;
}

export type TrimmedSegments = Readonly<
  Record<
    string,
    {
      /** When the first of them begins. */
      readonly beginsAtSeconds: number;
      /** How many of all they are, 0 to 1. */
      readonly share: number;
    }
  >
>;

const SavedInfo = z.looseObject({ format_id: z.string().nullish(), formats: z.array(SavedFormat).nullish() });
type SavedInfo = z.infer<typeof SavedInfo>;

interface Trimmed extends ChosenSegments {
  readonly list: SegmentList;
  readonly beginsAtSeconds: number;
}

/** A sound that begins so little later begins with its picture, in seconds. */
const leastLater = 0.01;

/**
 * Leaves out of each stream of segments (HLS and DASH) what these ranges do not need (null: all is needed): yt-dlp takes the shorter list
 * from the info JSON. The timestamps in the segments decide, not the lengths that a list names; those of a sound that is fetched alone also
 * count from its picture. Best effort: what cannot be read so is fetched whole.
 */
export async function trimSegments(
  area: WorkArea,
  info: Info,
  ranges: readonly TimeRange[] | null,
  { client, signal }: { readonly client: SmallFileClient; readonly signal: AbortSignal },
): Promise<KnownSegments> {
  const saved = SavedInfo.parse(JSON.parse(await onDisk(readFile(area.info, "utf8"))));
  const sources = segmentSources(info);
  const beside = pictureBeside(info);
  const streams: SegmentStream[] = [];
  for (const source of beside === null ? sources : [beside, ...sources]) {
    const stream = await openSegmentStream(area, saved.formats ?? [], source, client).catch(() => null);
    signal.throwIfAborted();
    if (stream !== null) streams.push(stream);
  }
  // All is measured from where the first of them begins.
  const later = laterBy(streams);
  const chosen = streams
    .map((stream, index) => ({ stream, laterBy: later[index] ?? 0 }))
    .filter(({ stream }) => stream.source !== beside);

  const trimmed = ranges === null ? new Map<string, Trimmed>() : await trimAll(chosen, ranges, signal);
  if (trimmed.size > 0) await onDisk(save(area.info, saved, trimmed));
  const whole = chosen.filter(({ stream, laterBy: by }) => by > leastLater && !trimmed.has(stream.source.formatId));
  return {
    trimmed: Object.fromEntries(
      [...trimmed].map(([formatId, { beginsAtSeconds, first, last, list }]) => {
        return [formatId, { beginsAtSeconds, share: (last - first + 1) / list.segments.length }];
      }),
    ),
    laterBy: Object.fromEntries(whole.map(({ stream, laterBy: by }) => [stream.source.formatId, by])),
  };
}

interface LateStream {
  readonly stream: SegmentStream;
  readonly laterBy: number;
}

async function trimAll(
  streams: readonly LateStream[],
  ranges: readonly TimeRange[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Trimmed>> {
  const trimmed = new Map<string, Trimmed>();
  // Sound is cut where the picture is, at a key frame of it: of the sound as much is needed, and all if all of the picture is.
  const hasVideo = ({ stream }: LateStream) => Number(stream.source.hasVideo);
  const ordered = [...streams].sort((one, other) => hasVideo(other) - hasVideo(one));
  let needed = ranges;
  for (const one of ordered) {
    const chosen = await trim(one, needed).catch(() => null);
    signal.throwIfAborted();
    if (chosen === null) break;
    trimmed.set(one.stream.source.formatId, chosen);
    const startSeconds = Math.min(chosen.beginsAtSeconds, ...ranges.map((range) => range.startSeconds));
    if (one === ordered[0]) needed = [...ranges, { startSeconds, endSeconds: startSeconds }];
  }
  return trimmed;
}

async function trim({ stream, laterBy: by }: LateStream, ranges: readonly TimeRange[]): Promise<Trimmed | null> {
  const { list, isWhole, clock } = stream;
  if (!isWhole) return null;
  const first = await clock.timesOf(0);
  const timeOf = async (index: number) => {
    const seconds = secondsBetween(first, await clock.timesOf(index), list.init === null);
    return seconds === null ? null : seconds + by;
  };
  const chosen = await chooseSegments(list.segments, ranges, timeOf);
  const beginsAtSeconds = chosen && (await timeOf(chosen.first));
  return chosen === null || beginsAtSeconds === null ? null : { ...chosen, list, beginsAtSeconds };
}

/** `trimmed` is in the name of the file that yt-dlp makes: parts of the whole stream are not gone on with. */
async function save(path: string, info: SavedInfo, trimmed: ReadonlyMap<string, Trimmed>): Promise<void> {
  const fieldsOf = (formatId: string | null | undefined, { fragments }: Pick<SavedFormat, "fragments">) => {
    const own = trimmed.get(formatId ?? "");
    if (own === undefined) return {};
    const mark = { trimmed: `from-${own.beginsAtSeconds.toFixed(3)}` };
    if (!fragments) return { ...mark, hls_media_playlist_data: writePlaylist(own.list, own) };
    const ahead = own.list.init === null ? 0 : 1;
    const chosen = fragments.slice(ahead + own.first, ahead + own.last + 1);
    return { ...mark, fragments: [...fragments.slice(0, ahead), ...chosen] };
  };
  const formats = info.formats?.map((format) => ({ ...format, ...fieldsOf(format.format_id, format) }));
  const whole = SavedFormat.safeParse(info).data ?? {};
  const changed = { ...info, ...fieldsOf(info.format_id, whole), ...(formats && { formats }) };
  await writeFile(`${path}.new`, JSON.stringify(changed), { mode: 0o600 });
  await rename(`${path}.new`, path);
}
