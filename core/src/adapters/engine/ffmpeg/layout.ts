import { type FileHandle, open } from "node:fs/promises";
import { readStreamEnd } from "./stream-end.ts";

/** Top-level boxes of an MP4. Nothing after an unknown box is taken for cut off: files may have trailing garbage. */
const topBoxes = [
  ...["ftyp", "styp", "pdin", "moov", "moof", "mdat", "mfra", "sidx", "ssix", "prft", "emsg"],
  ...["free", "skip", "wide", "uuid", "meta", "udta", "pnot", "PICT"],
];

/** More than a fragmented file of days has. */
const maxBoxes = 200_000;

const ebml = 0x1a45dfa3;
const segment = 0x18538067;

/** Of these formats an index states the length, and whether the file is complete is checked against it. `format` is ffprobe's name. */
export const hasIndex = (format: string): boolean => format.startsWith("mov,") || format.startsWith("matroska");

/** How the parts of a file lie in it. */
export interface Layout {
  /**
   * Whether the file ends before the last box of an MP4, the segment of a Matroska or WebM file, the chunk of a WAV, or the last page
   * of an Ogg does.
   * ffprobe, which reads the index at its start, takes such a file for complete.
   */
  readonly isTruncated: boolean;
  /** Whether the index of an MP4 lies before its media, and is all of it; and whether a Matroska or WebM file has one. */
  readonly isIndexedAhead: boolean;
  /** Whether sound without an index (AAC, MP3) ends in the middle of a frame. */
  readonly endsWithinFrame: boolean;
}

/** Reads the layout. `format` is ffprobe's name; files of other formats are neither truncated nor hard to play as they arrive. */
export async function readLayout(path: string, format: string, bytes: number): Promise<Layout> {
  const read = format.startsWith("mov,")
    ? mp4Layout
    : format.startsWith("matroska")
      ? matroskaLayout
      : format === "wav"
        ? riffLayout
        : streamLayout;
  const file = await open(path);
  try {
    return { ...complete, ...(await read(file, bytes, format)) };
  } finally {
    await file.close();
  }
}

const complete: Layout = { isTruncated: false, isIndexedAhead: true, endsWithinFrame: false };

async function streamLayout(file: FileHandle, bytes: number, format: string): Promise<Partial<Layout>> {
  const { isTruncated, isWithinFrame } = await readStreamEnd(file, format, bytes);
  return { isTruncated, endsWithinFrame: isWithinFrame };
}

/** A writer that did not know the size leaves 0 or all ones; RF64 always has all ones there. */
async function riffLayout(file: FileHandle, bytes: number): Promise<Partial<Layout>> {
  const head = await readAt(file, 0, 8);
  if (head.length < 8 || head.toString("latin1", 0, 4) !== "RIFF") return complete;
  const size = head.readUInt32LE(4);
  return { ...complete, isTruncated: size !== 0 && size !== 0xffff_ffff && size + 8 > bytes };
}

async function mp4Layout(file: FileHandle, bytes: number): Promise<Partial<Layout>> {
  let start = 0;
  let isIndexedAhead = true;
  let hasIndex = false;
  let isFragmented = false;
  for (let count = 0; count < maxBoxes && start + 8 <= bytes; count++) {
    const head = await readAt(file, start, 16);
    const name = head.toString("latin1", 4, 8);
    if (!topBoxes.includes(name)) {
      // Behind a fragment lies another: what is no box there is the middle of one, reached over a fragment that was cut short. Of
      // a file of which a part alone was fetched the rest is zeros.
      const isTruncated = isFragmented && !/^[\x20-\x7e]{4}$/.test(name) && head.some((byte) => byte !== 0);
      return { isTruncated, isIndexedAhead: isIndexedAhead && hasIndex };
    }
    hasIndex ||= name === "moov";
    isFragmented ||= name === "moof";
    if ((name === "mdat" && !hasIndex) || isFragmented) isIndexedAhead = false;
    const short = head.readUInt32BE(0);
    // 0: the box extends to the end of the file.
    if (short === 0) return { isTruncated: false, isIndexedAhead };
    const size = short === 1 && head.length === 16 ? Number(head.readBigUInt64BE(8)) : short;
    if (size < 8) return { isTruncated: false, isIndexedAhead };
    start += size;
  }
  return { isTruncated: start > bytes, isIndexedAhead };
}

async function matroskaLayout(file: FileHandle, bytes: number): Promise<Partial<Layout>> {
  const head = await readAt(file, 0, 12);
  if (head.length < 12 || head.readUInt32BE(0) !== ebml) return complete;
  const header = readSize(head, 4);
  if (header === null || header.size === null) return complete;
  const start = 4 + header.length + header.size;
  const next = await readAt(file, start, 12);
  if (next.length < 12 || next.readUInt32BE(0) !== segment) return complete;
  const body = readSize(next, 4);
  if (body === null) return complete;
  // A segment of unknown size was written as a live stream: it has no index, and nothing says how long it is.
  if (body.size === null) return { isTruncated: false, isIndexedAhead: false };
  return { ...complete, isTruncated: start + 4 + body.length + body.size > bytes };
}

/** An EBML size: the leading zeros of the first byte give its length; all ones mean that the size is unknown. */
function readSize(buffer: Buffer, at: number): { readonly length: number; readonly size: number | null } | null {
  const length = Math.clz32(buffer[at] ?? 0) - 23;
  if (length > 8) return null;
  let size = BigInt((buffer[at] ?? 0) & (0xff >> length));
  for (let index = 1; index < length; index++) size = size * 256n + BigInt(buffer[at + index] ?? 0);
  return { length, size: size === 2n ** BigInt(7 * length) - 1n ? null : Number(size) };
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}
