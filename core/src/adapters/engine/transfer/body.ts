import { Buffer } from "node:buffer";
import type { ByteReader } from "./byte-reader.ts";
import { ConnectionBroken } from "./errors.ts";

/** How the head of an answer delimits its body; without either it ends with the connection. */
export interface Framing {
  readonly length: number | null;
  /** `Transfer-Encoding`, in lower case. */
  readonly encoding: string | null;
}

type Take = (pieces: readonly Buffer[]) => Promise<void>;

/** Reads a body to its end (RFC 9112 §6). The result of `take` is awaited before more is read. Rejects with `ConnectionBroken`. */
export async function readBody(reader: ByteReader, { length, encoding }: Framing, take: Take): Promise<void> {
  if (encoding === "chunked") return await readChunks(reader, take);
  if (encoding !== null) throw new ConnectionBroken("the answer is encoded in an unknown way");
  if (length !== null) return await readBytes(reader, length, take);
  for (let pieces = await reader.next(); pieces !== null; pieces = await reader.next()) await take(pieces);
}

async function readBytes(reader: ByteReader, length: number, take: Take): Promise<void> {
  let left = length;
  while (left > 0) {
    const pieces = await reader.next();
    if (pieces === null) throw new ConnectionBroken(`${length - left} bytes read, ${left} more expected`);
    const own: Buffer[] = [];
    const surplus: Buffer[] = [];
    for (const piece of pieces) {
      if (left > 0) own.push(piece.length > left ? piece.subarray(0, left) : piece);
      if (piece.length > left) surplus.push(piece.subarray(left));
      left -= Math.min(left, piece.length);
    }
    // Backwards: each is put before what is there.
    for (const piece of surplus.reverse()) reader.unread(piece);
    await take(own);
  }
}

/** Longest line of a chunk's head, and most of a trailer's; none has reason to be longer. */
const maxLineBytes = 4096;
const mostTrailers = 100;

async function readChunks(reader: ByteReader, take: Take): Promise<void> {
  for (;;) {
    const [, size] = /^([0-9a-f]{1,10})[ \t]*(?:;.*)?$/i.exec(await readLine(reader)) ?? [];
    if (size === undefined) throw new ConnectionBroken("the answer comes in chunks that cannot be read");
    const length = Number.parseInt(size, 16);
    if (length === 0) break;
    await readBytes(reader, length, take);
    if ((await readLine(reader)) !== "") throw new ConnectionBroken("a chunk of the answer is longer than it says");
  }
  for (let count = 0; count < mostTrailers; count += 1) if ((await readLine(reader)) === "") return;
  throw new ConnectionBroken("the answer does not end");
}

async function readLine(reader: ByteReader): Promise<string> {
  let seen: Buffer = Buffer.alloc(0);
  for (;;) {
    const pieces = await reader.next();
    if (pieces === null) throw new ConnectionBroken("the connection closed within the answer");
    const [first = seen] = pieces;
    // What is left of a large piece is not copied for each of the small chunks in it.
    seen = seen.length === 0 && pieces.length === 1 ? first : Buffer.concat([seen, ...pieces]);
    const end = seen.indexOf("\r\n");
    if (end === -1 ? seen.length > maxLineBytes : end > maxLineBytes) {
      throw new ConnectionBroken("the answer comes in chunks that cannot be read");
    }
    if (end === -1) continue;
    if (seen.length > end + 2) reader.unread(seen.subarray(end + 2));
    return seen.toString("latin1", 0, end);
  }
}
