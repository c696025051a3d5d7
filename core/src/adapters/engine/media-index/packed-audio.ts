import type { Buffer } from "node:buffer";
import { clockTicks } from "./transport-time.ts";

/** Whose tag it is that says when a segment of packed audio begins (RFC 8216 §3.4). */
const owner = "com.apple.streaming.transportStreamTimestamp\0";
const headerBytes = 10;

/**
 * When sound that is packed in no container begins, in seconds on the clock of a transport stream, as a tag ahead of it says. Null: no
 * tag says so.
 */
export function packedAudioTime(head: Buffer): number | null {
  if (head.toString("latin1", 0, 3) !== "ID3" || head.length < headerBytes) return null;
  const end = Math.min(head.length, headerBytes + sevenBits(head, 6));
  const isWide = (head[3] ?? 0) < 4;
  for (let at = headerBytes; at + headerBytes <= end; ) {
    const name = head.toString("latin1", at, at + 4);
    const size = isWide ? head.readUInt32BE(at + 4) : sevenBits(head, at + 4);
    const content = at + headerBytes;
    const stamp = content + owner.length;
    if (name === "PRIV" && stamp + 8 <= end && head.toString("latin1", content, stamp) === owner)
      return Number(head.readBigUInt64BE(stamp) & 0x1_ffff_ffffn) / clockTicks;
    at = content + size;
  }
  return null;
}

/** A number of ID3: seven bits of each of four bytes. */
const sevenBits = (bytes: Buffer, at: number): number =>
  [0, 1, 2, 3].reduce((value, index) => value * 128 + ((bytes[at + index] ?? 0) & 0x7f), 0);
