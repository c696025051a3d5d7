import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";

/** Bytes of a known length with random access, not held in memory. */
export interface ByteSource {
  readonly size: number;
  /** Reads from `start` to `end`, both included. */
  read(start: number, end: number): AsyncIterable<Uint8Array>;
}

const chunkBytes = 65_536;

/** The bytes of a text or buffer. */
export function bufferSource(content: string | Uint8Array): ByteSource {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return {
    size: bytes.byteLength,
    async *read(start, end) {
      if (bytes.byteLength > 0) yield bytes.subarray(start, end + 1);
    },
  };
}

/** The bytes of a file. */
export async function fileSource(path: string): Promise<ByteSource> {
  const { size } = await stat(path);
  return {
    size,
    read: (start, end) => createReadStream(path, { start, end, highWaterMark: chunkBytes }),
  };
}

/** The first `size` bytes of a source: a file that was truncated before it reached the server. */
export function truncatedSource(source: ByteSource, size: number): ByteSource {
  return { size: Math.min(size, source.size), read: (start, end) => source.read(start, end) };
}

/**
 * A small MP4 made `size` bytes long by a `free` box at its end, which players skip: a valid file of any size that costs no memory.
 * A `size` smaller than the file plus the header of the box gives the file as it is.
 */
export async function paddedMp4Source(path: string, size: number): Promise<ByteSource> {
  const file = await fileSource(path);
  const padding = size - file.size;
  const head = freeBoxHead(padding);
  if (padding < head.byteLength) return file;
  const headEnd = file.size + head.byteLength;
  return {
    size,
    async *read(start, end) {
      if (start < file.size) yield* file.read(start, Math.min(end, file.size - 1));
      if (end >= file.size && start < headEnd) {
        yield head.subarray(Math.max(start - file.size, 0), Math.min(end + 1, headEnd) - file.size);
      }
      for (let at = Math.max(start, headEnd); at <= end; at += chunkBytes) {
        yield zeros.subarray(0, Math.min(chunkBytes, end + 1 - at));
      }
    },
  };
}

const zeros = new Uint8Array(chunkBytes);

/** ISO 14496-12 §4.2: a 32-bit size and the type, or size 1 and a 64-bit size after the type when it does not fit. */
function freeBoxHead(bytes: number): Uint8Array {
  const large = bytes > 0xffff_ffff;
  const head = new DataView(new ArrayBuffer(large ? 16 : 8));
  head.setUint32(0, large ? 1 : Math.max(bytes, 0));
  head.setUint32(4, 0x66726565);
  if (large) head.setBigUint64(8, BigInt(bytes));
  return new Uint8Array(head.buffer);
}
