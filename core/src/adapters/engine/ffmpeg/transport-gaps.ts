import { open } from "node:fs/promises";
import { packetBytes, packetTime, packetSync as sync } from "../media-index/index.ts";

/** A whole number of packets. */
const blockBytes = packetBytes * 5_000;
/** What FFmpeg takes for a clock that starts anew, and closes up. */
const newClockSeconds = 10;
/** Shorter gaps cannot be told from coarse interleaving. */
const leastSeconds = 0.5;

/**
 * Seconds that are missing within a transport stream: where no packet of any of its streams begins for much longer than usual. So
 * a stream looks of which a segment was cut short; its first and last timestamps, and so its length, are those of the whole.
 */
export async function transportGaps(path: string, signal: AbortSignal): Promise<number> {
  const distances: number[] = [];
  let latest: number | null = null;
  for await (const at of packetTimes(path, signal)) {
    const distance = latest === null ? 0 : at - latest;
    const isNewClock: boolean = distance > newClockSeconds || distance < -newClockSeconds;
    if (latest === null || isNewClock) latest = at;
    else if (distance > 0) {
      distances.push(distance);
      latest = at;
    }
  }
  const usual = [...distances].sort((one, other) => one - other)[Math.floor(distances.length / 2)] ?? 0;
  const least = Math.max(leastSeconds, 4 * usual);
  return distances.reduce((sum, distance) => sum + (distance > least ? distance - usual : 0), 0);
}

/** When the packets of picture and sound are to be decoded, in seconds, in the order of the file. */
async function* packetTimes(path: string, signal: AbortSignal): AsyncGenerator<number> {
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
        const at = packetTime(block.subarray(start, start + packetBytes));
        if (at !== null) yield at;
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
