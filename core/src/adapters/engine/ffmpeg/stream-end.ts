import type { FileHandle } from "node:fs/promises";

/** How a file ends that has no index: its pages or frames follow one another, and nothing says how many there are. */
export interface StreamEnd {
  /** A page of Ogg, which holds up to seconds of sound, is not whole. */
  readonly isTruncated: boolean;
  /** A frame is not whole: it was cut off, or recorded from a stream. */
  readonly isWithinFrame: boolean;
}

/** Two of the largest pages, and many frames. */
const tailBytes = 128 << 10;
/** So many frames in a row are no accident. */
const leastFrames = 3;

const whole: StreamEnd = { isTruncated: false, isWithinFrame: false };

/** Reads the end of a file; `format` is ffprobe's name. Files of other formats end as they should. */
export async function readStreamEnd(file: FileHandle, format: string, bytes: number): Promise<StreamEnd> {
  const frameAt = format === "aac" ? adtsFrame : format === "mp3" ? mpegFrame : null;
  if (frameAt === null && format !== "ogg") return whole;
  const start = Math.max(0, bytes - tailBytes);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes - start), 0, bytes - start, start);
  const tail = buffer.subarray(0, bytesRead);
  return frameAt === null
    ? { ...whole, isTruncated: endsWithinPage(tail) }
    : { ...whole, isWithinFrame: endsWithin(tail, frameAt) };
}

/** A page of Ogg (RFC 3533): 27 bytes, a table of its segments' lengths, and the segments. */
function endsWithinPage(tail: Buffer): boolean {
  const start = tail.lastIndexOf("OggS");
  if (start < 0) return false;
  const table = tail.subarray(start + 27, start + 27 + (tail[start + 26] ?? 0));
  return start + 27 + table.length + table.reduce((sum, length) => sum + length, 0) > tail.length;
}

/** Length of the frame that begins at a place; null: none does. */
type FrameAt = (bytes: Buffer, at: number) => number | null;

function endsWithin(tail: Buffer, frameAt: FrameAt): boolean {
  for (let first = 0; first < tail.length; first++) {
    let count = 0;
    for (let at = first; ; count++) {
      const length = frameAt(tail, at);
      if (length === null) {
        // Behind the frames there may be tags; where something else was taken for a frame, the search goes on.
        if (count < leastFrames) break;
        return at < tail.length && tail.length - at < headBytes && tail[at] === 0xff;
      }
      if (at + length > tail.length) {
        if (count < leastFrames) break;
        return true;
      }
      at += length;
    }
  }
  return false;
}

/** Of a frame in either format, at least. */
const headBytes = 7;

function adtsFrame(bytes: Buffer, at: number): number | null {
  if (at + headBytes > bytes.length || (bytes.readUInt16BE(at) & 0xfff6) !== 0xfff0) return null;
  const length = ((bytes.readUInt8(at + 3) & 3) << 11) | (bytes.readUInt16BE(at + 4) >> 5);
  return length > headBytes ? length : null;
}

const rates = [
  [44_100, 48_000, 32_000],
  [22_050, 24_000, 16_000],
  [11_025, 12_000, 8_000],
] as const;
const kbps = [
  [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
] as const;

/** A frame of MPEG audio, layer III. */
function mpegFrame(bytes: Buffer, at: number): number | null {
  if (at + headBytes > bytes.length || (bytes.readUInt16BE(at) & 0xffe6) !== 0xffe2) return null;
  const version = (bytes.readUInt8(at + 1) >> 3) & 3;
  if (version === 1) return null;
  const kind = version === 3 ? 0 : version === 2 ? 1 : 2;
  const third = bytes.readUInt8(at + 2);
  const rate = rates[kind][(third >> 2) & 3];
  const bitRate = kbps[kind === 0 ? 0 : 1][(third >> 4) - 1];
  if (rate === undefined || bitRate === undefined) return null;
  return Math.floor(((kind === 0 ? 144_000 : 72_000) * bitRate) / rate) + ((third >> 1) & 1);
}
