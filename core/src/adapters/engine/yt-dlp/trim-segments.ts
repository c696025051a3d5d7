import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { z } from "zod";
import type { TimeRange } from "../../../pipeline/timeline/time-ranges.ts";
import {
  type ChosenSegments,
  chooseSegments,
  readPlaylist,
  type SegmentList,
  secondsBetween,
  writePlaylist,
} from "../media-index/index.ts";
import type { SmallFileClient } from "../transfer/index.ts";
import { type SegmentSource, segmentSources } from "./direct-sources.ts";
import type { Info } from "./info.ts";
import { onDisk } from "./on-disk.ts";
import { createSegmentClock, type SegmentClock } from "./segment-clock.ts";
import type { WorkArea } from "./work-area.ts";

/** Hours of segments of two seconds, with long signed addresses. */
const mostPlaylistBytes = 8 << 20;

/** By format: of which only some segments are fetched. */
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

const Fragment = z.looseObject({
  url: z.string().nullish(),
  path: z.string().nullish(),
  duration: z.number().positive().nullish(),
});
const Format = z.looseObject({
  format_id: z.string(),
  fragment_base_url: z.string().nullish(),
  fragments: z.array(Fragment).nullish().catch(null),
});
const SavedInfo = z.looseObject({ format_id: z.string().nullish(), formats: z.array(Format).nullish() });
type SavedInfo = z.infer<typeof SavedInfo>;
type SavedFormat = Pick<z.infer<typeof Format>, "fragment_base_url" | "fragments">;

/** A stream whose segments say when they begin. */
interface Stream {
  readonly source: SegmentSource;
  readonly list: SegmentList;
  readonly clock: SegmentClock;
  /** When it begins on its clock. */
  readonly startSeconds: number;
}

interface Trimmed extends ChosenSegments {
  readonly list: SegmentList;
  readonly beginsAtSeconds: number;
}

/** Streams that begin further apart do not share a clock, in seconds. */
const furthestApart = 5;

/**
 * Leaves out of each stream of segments (HLS and DASH) what these ranges do not need: yt-dlp takes the shorter list from the info
 * JSON. The timestamps in the segments decide, not the lengths that a list names. Best effort: what cannot be read so is fetched
 * whole.
 */
export async function trimSegments(
  area: WorkArea,
  info: Info,
  ranges: readonly TimeRange[],
  { client, signal }: { readonly client: SmallFileClient; readonly signal: AbortSignal },
): Promise<TrimmedSegments> {
  const saved = SavedInfo.parse(JSON.parse(await onDisk(readFile(area.info, "utf8"))));
  const streams: Stream[] = [];
  for (const source of segmentSources(info)) {
    const stream = await openStream(area, saved, source, client).catch(() => null);
    signal.throwIfAborted();
    if (stream !== null) streams.push(stream);
  }
  // All is measured from where the first of them begins.
  const starts = streams.map(({ startSeconds }) => startSeconds);
  const areTogether = Math.max(...starts) - Math.min(...starts) <= furthestApart;
  const laterBy = ({ startSeconds }: Stream) => (areTogether ? startSeconds - Math.min(...starts) : 0);

  const trimmed = new Map<string, Trimmed>();
  // Sound is cut where the picture is, at a key frame of it: of the sound as much is needed, and all if all of the picture is.
  const ordered = [...streams].sort((one, other) => Number(other.source.hasVideo) - Number(one.source.hasVideo));
  let needed = ranges;
  for (const stream of ordered) {
    const chosen = await trim(stream, needed, laterBy(stream)).catch(() => null);
    signal.throwIfAborted();
    if (chosen === null) break;
    trimmed.set(stream.source.formatId, chosen);
    const startSeconds = Math.min(chosen.beginsAtSeconds, ...ranges.map((range) => range.startSeconds));
    if (stream === ordered[0]) needed = [...ranges, { startSeconds, endSeconds: startSeconds }];
  }
  if (trimmed.size > 0) await onDisk(save(area.info, saved, trimmed));
  return Object.fromEntries(
    [...trimmed].map(([formatId, { beginsAtSeconds, first, last, list }]) => {
      return [formatId, { beginsAtSeconds, share: (last - first + 1) / list.segments.length }];
    }),
  );
}

async function openStream(
  area: WorkArea,
  saved: SavedInfo,
  source: SegmentSource,
  client: SmallFileClient,
): Promise<Stream | null> {
  const format: SavedFormat | undefined = saved.formats?.find(({ format_id }) => format_id === source.formatId);
  const list = source.isPlaylist ? await fetchPlaylist(area, source, client) : format && listOf(format);
  if (!list) return null;
  const clock = createSegmentClock(client, source, list);
  const first = await clock.timesOf(0);
  return first.size === 0 ? null : { source, list, clock, startSeconds: Math.min(...first.values()) };
}

async function trim({ list, clock }: Stream, ranges: readonly TimeRange[], laterBy: number): Promise<Trimmed | null> {
  const first = await clock.timesOf(0);
  const timeOf = async (index: number) => {
    const seconds = secondsBetween(first, await clock.timesOf(index), list.init === null);
    return seconds === null ? null : seconds + laterBy;
  };
  const chosen = await chooseSegments(list.segments, ranges, timeOf);
  const beginsAtSeconds = chosen && (await timeOf(chosen.first));
  return chosen === null || beginsAtSeconds === null ? null : { ...chosen, list, beginsAtSeconds };
}

async function fetchPlaylist(area: WorkArea, source: SegmentSource, client: SmallFileClient) {
  const path = `${area.info}.m3u8`;
  try {
    await rm(path, { force: true });
    const { url } = await client.fetch(source, path, mostPlaylistBytes);
    return readPlaylist(await readFile(path, "utf8"), url);
  } finally {
    await rm(path, { force: true });
  }
}

/** The fragments of DASH; the first describes the streams if it has no length. Null: their lengths are not known. */
function listOf({ fragments, fragment_base_url: base }: SavedFormat): SegmentList | null {
  const places = (fragments ?? []).flatMap(({ url, path, duration }) => {
    const address = url ? URL.parse(url) : path && base ? URL.parse(path, base) : null;
    return address === null ? [] : [{ url: address.href, span: null, seconds: duration ?? null }];
  });
  const init = places[0]?.seconds === null ? places[0] : null;
  const segments = places.slice(init === null ? 0 : 1).flatMap(({ seconds, ...place }) => {
    return seconds === null ? [] : [{ ...place, seconds, key: null }];
  });
  const isWhole = segments.length > 0 && segments.length + (init === null ? 0 : 1) === fragments?.length;
  return isWhole ? { init, segments } : null;
}

/** `trimmed` is in the name of the file that yt-dlp makes: parts of the whole stream are not gone on with. */
async function save(path: string, info: SavedInfo, trimmed: ReadonlyMap<string, Trimmed>): Promise<void> {
  const fieldsOf = (formatId: string | null | undefined, { fragments }: SavedFormat) => {
    const own = trimmed.get(formatId ?? "");
    if (own === undefined) return {};
    const mark = { trimmed: `from-${own.beginsAtSeconds.toFixed(3)}` };
    if (!fragments) return { ...mark, hls_media_playlist_data: writePlaylist(own.list, own) };
    const ahead = own.list.init === null ? 0 : 1;
    const chosen = fragments.slice(ahead + own.first, ahead + own.last + 1);
    return { ...mark, fragments: [...fragments.slice(0, ahead), ...chosen] };
  };
  const formats = info.formats?.map((format) => ({ ...format, ...fieldsOf(format.format_id, format) }));
  const whole = Format.safeParse(info).data ?? {};
  const changed = { ...info, ...fieldsOf(info.format_id, whole), ...(formats && { formats }) };
  await writeFile(`${path}.new`, JSON.stringify(changed), { mode: 0o600 });
  await rename(`${path}.new`, path);
}
