import { Buffer } from "node:buffer";

/** Ids of RFC 9559. */
const cluster = Buffer.from([0x1f, 0x43, 0xb6, 0x75]);
const timestampScale = Buffer.from([0x2a, 0xd7, 0xb1]);
const timestamp = 0xe7;
/** Nanoseconds of a tick, unless the file says otherwise. */
const usualScale = 1_000_000;

/** When the first cluster of a WebM segment begins, in seconds; `init` says what a tick is. Null: none is there, or it does not say. */
export function clusterTime(head: Buffer, init: Buffer): number | null {
  const scaleAt = init.indexOf(timestampScale);
  const scale = scaleAt < 0 ? usualScale : (numberAt(init, scaleAt + timestampScale.length) ?? usualScale);
  const clusterAt = head.indexOf(cluster);
  if (clusterAt < 0) return null;
  // Its size, which may be unknown, is as long as the leading zeros of its first byte say.
  const sizeAt = clusterAt + cluster.length;
  const content = sizeAt + Math.clz32(head[sizeAt] ?? 0) - 23;
  const ticks = head[content] === timestamp ? numberAt(head, content + 1) : null;
  return ticks === null ? null : (ticks * scale) / 1e9;
}

/** The number whose length stands there, in one byte. */
function numberAt(bytes: Buffer, at: number): number | null {
  const length = (bytes[at] ?? 0) & 0x7f;
  const isKnown = ((bytes[at] ?? 0) & 0x80) !== 0 && length > 0 && length <= 6 && at + 1 + length <= bytes.length;
  return isKnown ? bytes.readUIntBE(at + 1, length) : null;
}
