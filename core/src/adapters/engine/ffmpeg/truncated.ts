import { type FileHandle, open } from "node:fs/promises";

/** Top-level boxes of an MP4. Nothing after an unknown box is judged: files may have trailing garbage. */
const topBoxes = ["ftyp", "styp", "moov", "moof", "mdat", "mfra", "sidx", "free", "skip", "wide", "uuid", "meta"];

/** More than a fragmented file of days has. */
const maxBoxes = 200_000;

const ebml = 0x1a45dfa3;
const segment = 0x18538067;

/**
 * Whether a file is truncated: the last box of an MP4, the segment of a Matroska or WebM file, or the chunk of a WAV extends beyond
 * the end of the file. ffprobe, which reads the index at its start, takes such a file for complete. `format` is ffprobe's name; other
 * formats are never reported as truncated.
 */
export async function isTruncated(path: string, format: string, bytes: number): Promise<boolean> {
  const check = format.startsWith("mov,")
    ? isMp4Truncated
    : format.startsWith("matroska")
      ? isMatroskaTruncated
      : format === "wav"
        ? isRiffTruncated
        : null;
  if (check === null) return false;
  const file = await open(path);
  try {
    return await check(file, bytes);
  } finally {
    await file.close();
  }
}

/** A writer that did not know the size leaves 0 or all ones; RF64 always has all ones there. */
async function isRiffTruncated(file: FileHandle, bytes: number): Promise<boolean> {
  const head = await readAt(file, 0, 8);
  if (head.length < 8 || head.toString("latin1", 0, 4) !== "RIFF") return false;
  const size = head.readUInt32LE(4);
  return size !== 0 && size !== 0xffff_ffff && size + 8 > bytes;
}

async function isMp4Truncated(file: FileHandle, bytes: number): Promise<boolean> {
  let start = 0;
  for (let count = 0; count < maxBoxes && start + 8 <= bytes; count++) {
    const head = await readAt(file, start, 16);
    if (!topBoxes.includes(head.toString("latin1", 4, 8))) return false;
    const short = head.readUInt32BE(0);
    // 0: the box extends to the end of the file.
    if (short === 0) return false;
    const size = short === 1 && head.length === 16 ? Number(head.readBigUInt64BE(8)) : short;
    if (size < 8) return false;
    start += size;
  }
  return start > bytes;
}

async function isMatroskaTruncated(file: FileHandle, bytes: number): Promise<boolean> {
  const head = await readAt(file, 0, 12);
  if (head.length < 12 || head.readUInt32BE(0) !== ebml) return false;
  const header = readSize(head, 4);
  if (header === null || header.size === null) return false;
  const start = 4 + header.length + header.size;
  const next = await readAt(file, start, 12);
  if (next.length < 12 || next.readUInt32BE(0) !== segment) return false;
  const body = readSize(next, 4);
  // A segment of unknown size was written as a live stream.
  return body !== null && body.size !== null && start + 4 + body.length + body.size > bytes;
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
