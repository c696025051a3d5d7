import type { Buffer } from "node:buffer";
import { type Box, boxAt, boxesIn } from "./mp4-boxes.ts";
import type { IndexedPart } from "./remote-file.ts";

/** Samples of a track: when each is decoded, where it lies, how long it is, and which can be decoded by themselves. */
interface Track {
  readonly isVideo: boolean;
  readonly seconds: Float64Array;
  readonly offsets: Float64Array;
  readonly sizes: Float64Array;
  /** Indexes of key frames; null: all are. */
  readonly keys: readonly number[] | null;
}

/** Of all tracks: more than ten hours of pictures and sound. */
const largestTables = 4_000_000;

/** Parts are at least so long, in seconds, so that those of sound alone are not a sample each. */
const shortestPart = 2;

/** Sound lies in the file a little before or after the picture that it belongs to; so much of it goes into both parts, in seconds. */
const overlap = 1;

/**
 * The parts of a file that its tables of samples (ISO/IEC 14496-12 §8.6 and §8.7) tell of: from a key frame to the next, with all
 * that the other tracks have at that time. Null: there are no such tables, or its times are shifted by more than a rounding.
 */
export function sampleParts(moov: Buffer): IndexedPart[] | null {
  const [top] = boxesIn(moov, 0, moov.length);
  if (top === undefined || boxAt(moov, top, "mvex") !== null) return null;
  const tracks: Track[] = [];
  let left = largestTables;
  for (const trak of boxesIn(moov, top.start, top.end).filter(({ name }) => name === "trak")) {
    const handler = boxAt(moov, trak, "mdia", "hdlr");
    const kind = handler === null ? "" : moov.toString("latin1", handler.start + 8, handler.start + 12);
    if (kind !== "vide" && kind !== "soun") continue;
    const track = isShifted(moov, trak) ? null : readTrack(moov, trak, kind === "vide", left);
    if (track === null) return null;
    left -= track.seconds.length;
    if (track.seconds.length > 0) tracks.push(track);
  }
  const leading = tracks.find(({ isVideo }) => isVideo) ?? tracks[0];
  if (leading === undefined) return null;
  const starts = startsOf(leading);
  return starts.flatMap((atSeconds, index) => {
    const until = starts[index + 1] ?? Number.POSITIVE_INFINITY;
    let [start, end] = [Number.POSITIVE_INFINITY, 0];
    for (const track of tracks) {
      const slack = track === leading ? 0 : overlap;
      const [from, to] = [lowerBound(track.seconds, atSeconds - slack), lowerBound(track.seconds, until + slack)];
      for (let sample = from; sample < to; sample++) {
        const offset = track.offsets[sample] ?? 0;
        start = Math.min(start, offset);
        end = Math.max(end, offset + (track.sizes[sample] ?? 0));
      }
    }
    return end === 0 ? [] : [{ start, end, atSeconds }];
  });
}

/** Times at which a part begins. */
function startsOf({ seconds, keys }: Track): number[] {
  const starts: number[] = [];
  const count = keys?.length ?? seconds.length;
  for (let index = 0; index < count; index++) {
    const at = seconds[keys?.[index] ?? index] ?? 0;
    const last = starts.at(-1);
    if (last === undefined || at >= last + shortestPart) starts.push(at);
  }
  return starts;
}

/** Whether an edit list delays the track or cuts into it: its samples are then shown at other times than they are decoded. */
function isShifted(moov: Buffer, trak: Box): boolean {
  const list = boxAt(moov, trak, "edts", "elst");
  if (list === null) return false;
  const isWide = moov[list.start] === 1;
  const count = moov.readUInt32BE(list.start + 4);
  const mediaTime = isWide ? moov.readBigInt64BE(list.start + 16) : BigInt(moov.readInt32BE(list.start + 12));
  const header = boxAt(moov, trak, "mdia", "mdhd");
  return count !== 1 || mediaTime < 0n || header === null || Number(mediaTime) > scaleOf(moov, header);
}

const scaleOf = (moov: Buffer, mdhd: Box): number => moov.readUInt32BE(mdhd.start + (moov[mdhd.start] === 1 ? 20 : 12));

function readTrack(moov: Buffer, trak: Box, isVideo: boolean, mostSamples: number): Track | null {
  const header = boxAt(moov, trak, "mdia", "mdhd");
  const tables = boxAt(moov, trak, "mdia", "minf", "stbl");
  if (header === null || tables === null) return null;
  const table = (name: string) => boxesIn(moov, tables.start, tables.end).find((box) => box.name === name) ?? null;
  const [stts, stsz, stsc, stss] = [table("stts"), table("stsz"), table("stsc"), table("stss")];
  const chunks = table("stco") ?? table("co64");
  const scale = scaleOf(moov, header);
  if (stts === null || stsz === null || stsc === null || chunks === null || scale === 0) return null;
  const sizes = readSizes(moov, stsz, mostSamples);
  if (sizes === null) return null;
  return {
    isVideo,
    sizes,
    keys: stss === null ? null : entriesOf(moov, stss, 4).map((at) => moov.readUInt32BE(at) - 1),
    seconds: readTimes(moov, stts, sizes.length, scale),
    offsets: readOffsets(moov, stsc, chunks, sizes),
  };
}

/** Where the entries of a table begin, after its version, flags and count. */
function entriesOf(moov: Buffer, { name, start, end }: Box, bytes: number): number[] {
  const count = moov.readUInt32BE(start + 4);
  if (start + 8 + count * bytes > end) throw new RangeError(`${name} is shorter than it says`);
  return Array.from({ length: count }, (_, index) => start + 8 + index * bytes);
}

function readSizes(moov: Buffer, { start }: Box, mostSamples: number): Float64Array | null {
  const same = moov.readUInt32BE(start + 4);
  const count = moov.readUInt32BE(start + 8);
  if (count > mostSamples) return null;
  return Float64Array.from({ length: count }, (_, index) => same || moov.readUInt32BE(start + 12 + index * 4));
}

function readTimes(moov: Buffer, stts: Box, count: number, scale: number): Float64Array {
  const seconds = new Float64Array(count);
  let [sample, time] = [0, 0];
  for (const at of entriesOf(moov, stts, 8)) {
    const [run, delta] = [moov.readUInt32BE(at), moov.readUInt32BE(at + 4)];
    for (let index = 0; index < run && sample < count; index++, time += delta) seconds[sample++] = time / scale;
  }
  return seconds;
}

function readOffsets(moov: Buffer, stsc: Box, chunks: Box, sizes: Float64Array): Float64Array {
  const isWide = chunks.name === "co64";
  const places = entriesOf(moov, chunks, isWide ? 8 : 4);
  const runs = entriesOf(moov, stsc, 12).map((at) => ({
    firstChunk: moov.readUInt32BE(at) - 1,
    samples: moov.readUInt32BE(at + 4),
  }));
  const offsets = new Float64Array(sizes.length);
  let [sample, run] = [0, 0];
  for (const [chunk, at] of places.entries()) {
    while ((runs[run + 1]?.firstChunk ?? Number.POSITIVE_INFINITY) <= chunk) run += 1;
    let offset = isWide ? Number(moov.readBigUInt64BE(at)) : moov.readUInt32BE(at);
    for (let index = 0; index < (runs[run]?.samples ?? 0) && sample < sizes.length; index++) {
      offsets[sample] = offset;
      offset += sizes[sample++] ?? 0;
    }
  }
  return offsets;
}

/** Index of the first value that is not below the limit. */
function lowerBound(values: Float64Array, limit: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] ?? 0) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
