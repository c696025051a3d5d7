import type { Box } from "../../media-index/index.ts";
import { known, sure } from "./sure.ts";

/** None that is read has so many. */
const mostBoxes = 256;

/** The boxes that fill this space to its last byte; all have one of these names. */
export function childrenOf(bytes: Buffer, within: Pick<Box, "start" | "end">, names: readonly string[]): Children {
  const boxes: Box[] = [];
  for (let at = within.start; at < within.end; ) {
    // Sizes that are left open or have 64 bits are not for so small a space.
    const size = bytes.readUInt32BE(at);
    const name = bytes.toString("latin1", at + 4, at + 8);
    sure(size >= 8 && at + size <= within.end && names.includes(name) && boxes.length < mostBoxes);
    boxes.push({ name, start: at + 8, end: at + size });
    at += size;
  }
  return namedIn(boxes);
}

/** These boxes, by their names. */
export function namedIn(boxes: readonly Box[]): Children {
  const all = (name: string) => boxes.filter((box) => box.name === name);
  const optional = (name: string) => {
    const found = all(name);
    sure(found.length <= 1);
    return found[0] ?? null;
  };
  return { all, optional, only: (name) => known(optional(name)) };
}

/** Boxes within another one. */
export interface Children {
  all(name: string): readonly Box[];
  /** Null: there is none. Unsure where there are several. */
  optional(name: string): Box | null;
  only(name: string): Box;
}

/** The version of a box that has one: 0 or 1, which tells how wide its times are. */
export function versionOf(bytes: Buffer, { start, end }: Box): 0 | 1 {
  sure(end - start >= 4);
  const version = bytes[start];
  sure(version === 0 || version === 1);
  return version;
}

/** Where the entries of a table begin, after its version, flags and count; they fill it. */
export function entriesOf(bytes: Buffer, { start, end }: Box, entryBytes: number): { count: number; first: number } {
  sure(end - start >= 8);
  const count = bytes.readUInt32BE(start + 4);
  sure(start + 8 + count * entryBytes === end);
  return { count, first: start + 8 };
}

/** A number of 32 bits, or of 64 where they hold an exact one. */
export function numberAt(bytes: Buffer, at: number, isWide: boolean): number {
  const value = isWide ? Number(bytes.readBigUInt64BE(at)) : bytes.readUInt32BE(at);
  sure(Number.isSafeInteger(value));
  return value;
}

/** So many numbers of 32 bits at once: tables are long. */
export function wordsAt(bytes: Buffer, at: number, count: number): Uint32Array {
  sure(at + count * 4 <= bytes.length);
  const own = new Uint8Array(bytes.subarray(at, at + count * 4));
  Buffer.from(own.buffer).swap32();
  return new Uint32Array(own.buffer);
}
