import { open } from "node:fs/promises";
import { type PacketStart, packetBytes, packetStart, packetSync as sync } from "../media-index/index.ts";

/** A whole number of packets. */
const blockBytes = packetBytes * 5_000;
/** What FFmpeg takes for a clock that starts anew, and closes up. */
const newClockSeconds = 10;
/** Shorter gaps cannot be told from coarse interleaving. */
const leastSeconds = 0.5;

/** What the timestamps of a transport stream say, all of which are read. */
export interface TransportTimes {
  /**
   * Seconds that are missing within it: where no packet of any of its streams begins for much longer than usual. So a stream looks of
   * which a segment was cut short; its first and last timestamps, and so its length, are those of the whole.
   */
  readonly missingSeconds: number;
  /** When its picture ends and when its sound does, in seconds from its start; null: its clock starts anew somewhere. */
  readonly ends: { readonly picture: number; readonly sound: number } | null;
}

/** Reads the times of a transport stream. */
export async function transportTimes(path: string, signal: AbortSignal): Promise<TransportTimes> {
  const distances: number[] = [];
  const [picture, sound] = [createEnd(), createEnd()];
  let earliest = Number.POSITIVE_INFINITY;
  let latest: number | null = null;
  let isOneClock = true;
  for await (const { at, isPicture } of packetStarts(path, signal)) {
    const distance = latest === null ? 0 : at - latest;
    const isNewClock: boolean = distance > newClockSeconds || distance < -newClockSeconds;
    if (isNewClock) isOneClock = false;
    if (latest === null || isNewClock) latest = at;
    else if (distance > 0) {
      distances.push(distance);
      latest = at;
    }
    earliest = Math.min(earliest, at);
    (isPicture ? picture : sound).add(at);
  }
  const usual = [...distances].sort((one, other) => one - other)[Math.floor(distances.length / 2)] ?? 0;
  const least = Math.max(leastSeconds, 4 * usual);
  return {
    missingSeconds: distances.reduce((sum, distance) => sum + (distance > least ? distance - usual : 0), 0),
    ends: isOneClock ? { picture: picture.end() - earliest, sound: sound.end() - earliest } : null,
  };
}

/** Finds when packets end of which only the starts are known: the last is taken to last as long as the one before it. */
function createEnd() {
  let [last, before] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  return {
    add: (at: number) => {
      if (at > last) [last, before] = [at, last];
    },
    end: () => last + (Number.isFinite(before) ? last - before : 0),
  };
}

/** What begins in the packets, in the order of the file. */
async function* packetStarts(path: string, signal: AbortSignal): AsyncGenerator<PacketStart> {
  const file = await open(path);
  try {
    const block = Buffer.alloc(blockBytes);
    for (let position = 0; ; ) {
      signal.throwIfAborted();
      const { bytesRead } = await file.read(block, 0, blockBytes, position);
      let start = 0;
      while (start + packetBytes <= bytesRead) {
        if (block[start] !== sync) {
          // A segment that was cut within a packet: the next one begins somewhere behind.
          start = nextPacket(block.subarray(0, bytesRead), start + 1);
          continue;
        }
        const begun = packetStart(block.subarray(start, start + packetBytes));
        if (begun !== null) yield begun;
        start += packetBytes;
      }
      if (start === 0 || bytesRead < packetBytes) return;
      position += Math.min(start, bytesRead);
    }
  } finally {
    await file.close();
  }
}

/** Where two packets in a row begin. */
function nextPacket(block: Buffer, from: number): number {
  for (let at = block.indexOf(sync, from); at !== -1; at = block.indexOf(sync, at + 1)) {
    if (at + packetBytes >= block.length || block[at + packetBytes] === sync) return at;
  }
  return block.length;
}
