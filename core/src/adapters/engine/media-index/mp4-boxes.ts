import type { Buffer } from "node:buffer";

/** A box inside another one: its name, and where its content lies. */
export interface Box {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** Name and size of a box by its first 16 bytes; `left` is what is left of the file. Null: it is none, or goes beyond the file. */
export function headOf(bytes: Buffer, left: number): { readonly name: string; readonly size: number } | null {
  if (bytes.length < 8) return null;
  const short = bytes.readUInt32BE(0);
  const size = short === 0 ? left : short === 1 && bytes.length >= 16 ? Number(bytes.readBigUInt64BE(8)) : short;
  return size < 8 || size > left ? null : { name: bytes.toString("latin1", 4, 8), size };
}

/** The boxes between two places; what does not fit ends them. */
export function boxesIn(bytes: Buffer, from: number, to: number): Box[] {
  const boxes: Box[] = [];
  for (let at = from; at + 8 <= to; ) {
    const head = headOf(bytes.subarray(at, at + 16), to - at);
    if (head === null) break;
    const isWide = bytes.readUInt32BE(at) === 1;
    boxes.push({ name: head.name, start: at + (isWide ? 16 : 8), end: at + head.size });
    at += head.size;
  }
  return boxes;
}

/** The box at this path; null: there is none. */
export function boxAt(bytes: Buffer, within: Pick<Box, "start" | "end">, ...path: readonly string[]): Box | null {
  let box: Box | null = null;
  let { start, end } = within;
  for (const name of path) {
    box = boxesIn(bytes, start, end).find((one) => one.name === name) ?? null;
    if (box === null) return null;
    ({ start, end } = box);
  }
  return box;
}
