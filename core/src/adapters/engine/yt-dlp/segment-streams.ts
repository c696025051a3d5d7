import { readFile, rm } from "node:fs/promises";
import { z } from "zod";
import { clockDistance, readPlaylist, type SegmentList } from "../media-index/index.ts";
import type { SmallFileClient } from "../transfer/index.ts";
import type { SegmentSource } from "./direct-sources.ts";
import { createSegmentClock, type SegmentClock } from "./segment-clock.ts";
import type { WorkArea } from "./work-area.ts";

/** Hours of segments of two seconds, with long signed addresses. */
const mostPlaylistBytes = 8 << 20;

const Fragment = z.looseObject({
  url: z.string().nullish(),
  path: z.string().nullish(),
  duration: z.number().positive().nullish(),
});
/** A format of the saved info JSON, which is written back as it is. */
export const SavedFormat = z.looseObject({
  format_id: z.string(),
  fragment_base_url: z.string().nullish(),
  fragments: z.array(Fragment).nullish().catch(null),
});
export type SavedFormat = z.infer<typeof SavedFormat>;

/** A stream whose segments say when they begin. */
export interface SegmentStream {
  readonly source: SegmentSource;
  readonly list: SegmentList;
  /** False: the list is only the first part of it, before its clock starts anew. */
  readonly isWhole: boolean;
  readonly clock: SegmentClock;
  /** When it begins on its clock. */
  readonly startSeconds: number;
}

/** Opens a stream; null: nothing of it says when it begins. Rejects when it cannot be had. */
export async function openSegmentStream(
  area: WorkArea,
  formats: readonly SavedFormat[],
  source: SegmentSource,
  client: SmallFileClient,
): Promise<SegmentStream | null> {
  const format = formats.find(({ format_id }) => format_id === source.formatId);
  const { list, isWhole } = source.isPlaylist
    ? await fetchPlaylist(area, source, client)
    : { list: format && listOf(format), isWhole: true };
  if (!list) return null;
  const clock = createSegmentClock(client, source, list);
  const first = await clock.timesOf(0);
  return first.size === 0 ? null : { source, list, isWhole, clock, startSeconds: Math.min(...first.values()) };
}

/** Streams that begin further apart do not share a clock, in seconds. */
const furthestApart = 5;

/** How much later than the first of them each stream begins, in the same order. */
export function laterBy(streams: readonly SegmentStream[]): readonly number[] {
  const [one] = streams;
  if (one === undefined) return [];
  const isTransport = ({ list }: SegmentStream) => list.init === null;
  const starts = streams.map((stream) =>
    isTransport(one) && isTransport(stream)
      ? clockDistance(one.startSeconds, stream.startSeconds)
      : stream.startSeconds - one.startSeconds,
  );
  const first = Math.min(...starts);
  // Clocks of two kinds that are near each other, but far from zero, are one.
  const areAlike =
    streams.every((stream) => isTransport(stream) === isTransport(one)) ||
    streams.every(({ startSeconds }) => startSeconds > furthestApart);
  const areTogether = areAlike && Math.max(...starts) - first <= furthestApart;
  return starts.map((start) => (areTogether ? start - first : 0));
}

async function fetchPlaylist(area: WorkArea, source: SegmentSource, client: SmallFileClient) {
  const path = `${area.info}.m3u8`;
  try {
    await rm(path, { force: true });
    const { url } = await client.fetch(source, path, mostPlaylistBytes);
    const text = await readFile(path, "utf8");
    const [before = "", ...behind] = text.split(/^#EXT-X-DISCONTINUITY\s*$/m);
    if (behind.length === 0) return { list: readPlaylist(text, url), isWhole: true };
    return { list: readPlaylist(`${before}#EXT-X-ENDLIST`, url), isWhole: false };
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
