import type { Buffer } from "node:buffer";
import { clusterTime } from "./cluster-time.ts";
import { type Box, boxAt, boxesIn } from "./mp4-boxes.ts";
import { packedAudioTime } from "./packed-audio.ts";
import { clockSeconds, packetBytes, packetStart, packetStream, packetSync } from "./transport-time.ts";

/** When each stream of a segment begins, in seconds on its own clock. */
export type SegmentTimes = ReadonlyMap<number, number>;

/** How a Matroska or WebM file begins. */
const ebml = 0x1a45dfa3;

/**
 * When the media of a segment begins, by its first bytes; `init` describes its streams, where it has such a part. Empty: it does not
 * say, or in a form that is not known.
 */
export function segmentTimes(head: Buffer, init: Buffer | null): SegmentTimes {
  if (init !== null && init.length >= 4 && init.readUInt32BE(0) === ebml) {
    const seconds = clusterTime(head, init);
    return new Map(seconds === null ? [] : [[0, seconds]]);
  }
  if (init !== null) return fragmentTimes(head, trackClocks(init));
  const packed = packedAudioTime(head);
  if (packed !== null) return new Map([[0, packed]]);
  const times = new Map<number, number>();
  for (let start = 0; start + packetBytes <= head.length; start += packetBytes) {
    const packet = head.subarray(start, start + packetBytes);
    if (packet[0] !== packetSync) break;
    const time = packetStart(packet)?.shownAt ?? null;
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
function fragmentTimes(head: Buffer, clocks: ReadonlyMap<number, TrackClock>): SegmentTimes {
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
      const clock = clocks.get(id);
      if (clock === undefined) return [];
      return [[id, (time + firstReordering(head, track)) / clock.ticks + clock.laterBy]];
    }),
  );
}

/** How much later the first sample of a fragment is shown than it is decoded (§8.8.8). */
function firstReordering(head: Buffer, track: Box): number {
  const run = boxAt(head, track, "trun");
  const flags = run === null ? 0 : head.readUIntBE(run.start + 1, 3);
  if (run === null || (flags & 0x800) === 0) return 0;
  // What stands ahead of the samples, and of each sample ahead of this: its length, its size, its flags.
  const ahead = [0x1, 0x4, 0x100, 0x200, 0x400].filter((flag) => (flags & flag) !== 0).length;
  const at = run.start + 8 + 4 * ahead;
  if (at + 4 > run.end) return 0;
  return head[run.start] === 0 ? head.readUInt32BE(at) : head.readInt32BE(at);
}

/** How the times of a track are read. */
interface TrackClock {
  /** Of a second. */
  readonly ticks: number;
  /** How much later than they say it is shown, as its list of edits says, in seconds. */
  readonly laterBy: number;
}

/** The clock of each track. */
function trackClocks(init: Buffer): ReadonlyMap<number, TrackClock> {
  const movie = boxAt(init, { start: 0, end: init.length }, "moov");
  const movieHeader = movie && boxAt(init, movie, "mvhd");
  if (movie === null || movieHeader === null) return new Map();
  const isWide = ({ start }: Box) => init[start] === 1;
  const ticksIn = (header: Box) => init.readUInt32BE(header.start + (isWide(header) ? 20 : 12));
  const clocks = boxesIn(init, movie.start, movie.end).flatMap((track): [number, TrackClock][] => {
    const [header, media] = [boxAt(init, track, "tkhd"), boxAt(init, track, "mdia", "mdhd")];
    if (track.name !== "trak" || header === null || media === null || ticksIn(media) === 0) return [];
    const id = init.readUInt32BE(header.start + (isWide(header) ? 20 : 12));
    const edits = boxAt(init, track, "edts", "elst");
    const ticks = ticksIn(media);
    return [[id, { ticks, laterBy: edits === null ? 0 : editedBy(init, edits, ticksIn(movieHeader), ticks) }]];
  });
  return new Map(clocks);
}

/** What the beginning of a list of edits makes of a track (§8.6.6): nothing is shown for a while, or its first part is not. */
function editedBy(init: Buffer, edits: Box, movieTicks: number, ticks: number): number {
  const isWide = init[edits.start] === 1;
  const [bytes, count] = [isWide ? 20 : 12, init.readUInt32BE(edits.start + 4)];
  let silent = 0;
  for (let index = 0; index < count && edits.start + 8 + (index + 1) * bytes <= edits.end; index++) {
    const at = edits.start + 8 + index * bytes;
    const from = isWide ? Number(init.readBigInt64BE(at + 8)) : init.readInt32BE(at + 4);
    if (from >= 0) return silent - from / ticks;
    silent += (isWide ? Number(init.readBigUInt64BE(at)) : init.readUInt32BE(at)) / (movieTicks || 1);
  }
  return silent;
}
