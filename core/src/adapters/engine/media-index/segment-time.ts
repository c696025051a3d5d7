import type { Buffer } from "node:buffer";
import { type Box, boxAt, boxesIn } from "./mp4-boxes.ts";
import { clockSeconds, packetBytes, packetStart, packetStream, packetSync } from "./transport-time.ts";

/** When each stream of a segment begins, in seconds on its own clock. */
export type SegmentTimes = ReadonlyMap<number, number>;

/**
 * When the media of a segment begins, by its first bytes; `init` describes its streams, where it has such a part. Empty: it does not
 * say, or in a form that is not known.
 */
export function segmentTimes(head: Buffer, init: Buffer | null): SegmentTimes {
  if (init !== null) return fragmentTimes(head, timeScales(init));
  const times = new Map<number, number>();
  for (let start = 0; start + packetBytes <= head.length; start += packetBytes) {
    const packet = head.subarray(start, start + packetBytes);
    if (packet[0] !== packetSync) break;
    const time = packetStart(packet)?.at ?? null;
    const stream = packetStream(packet);
    if (time !== null && !times.has(stream)) times.set(stream, time);
  }
  return times;
}

/** How much later one segment begins than another of the same list; null: they have no stream in common, or it begins earlier. */
export function secondsBetween(first: SegmentTimes, other: SegmentTimes, isTransport: boolean): number | null {
  // Streams are stored a little apart, so each is compared with itself.
  const stream = [...first.keys()].find((one) => other.has(one));
  if (stream === undefined) return null;
  const seconds = (other.get(stream) ?? 0) - (first.get(stream) ?? 0);
  return seconds >= 0 ? seconds : isTransport ? seconds + clockSeconds : null;
}

/** ISO/IEC 14496-12 §8.8.12. */
function fragmentTimes(head: Buffer, scales: ReadonlyMap<number, number>): SegmentTimes {
  const fragment = boxAt(head, { start: 0, end: head.length }, "moof");
  const tracks = fragment === null ? [] : boxesIn(head, fragment.start, fragment.end);
  return new Map(
    tracks.flatMap((track): [number, number][] => {
      if (track.name !== "traf") return [];
      const [header, decodeTime] = [boxAt(head, track, "tfhd"), boxAt(head, track, "tfdt")];
      if (header === null || decodeTime === null) return [];
      const id = head.readUInt32BE(header.start + 4);
      const at = decodeTime.start + 4;
      const time = head[decodeTime.start] === 1 ? Number(head.readBigUInt64BE(at)) : head.readUInt32BE(at);
      const scale = scales.get(id) ?? 0;
      return scale === 0 ? [] : [[id, time / scale]];
    }),
  );
}

/** Ticks of a second, by track. */
function timeScales(init: Buffer): ReadonlyMap<number, number> {
  const movie = boxAt(init, { start: 0, end: init.length }, "moov");
  if (movie === null) return new Map();
  const isWide = ({ start }: Box) => init[start] === 1;
  const scales = boxesIn(init, movie.start, movie.end).flatMap((track): [number, number][] => {
    const [header, media] = [boxAt(init, track, "tkhd"), boxAt(init, track, "mdia", "mdhd")];
    if (track.name !== "trak" || header === null || media === null) return [];
    const id = init.readUInt32BE(header.start + (isWide(header) ? 20 : 12));
    return [[id, init.readUInt32BE(media.start + (isWide(media) ? 20 : 12))]];
  });
  return new Map(scales);
}
