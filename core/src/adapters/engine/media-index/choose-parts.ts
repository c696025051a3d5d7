import { matroskaIndex } from "./matroska-index.ts";
import { mp4Index } from "./mp4-index.ts";
import type { ByteSpan, IndexedPart, MediaIndex, MediaRange, RemoteFile } from "./remote-file.ts";

/** What has to be fetched of a file. */
export interface NeededParts {
  readonly spans: readonly ByteSpan[];
  /** The wanted ranges as they begin at key frames: what is cut from another file beside this one needs them too. */
  readonly ranges: readonly MediaRange[];
}

/**
 * Sound and picture are stored a little apart, and decoders read ahead: so much more is fetched after the end of a range, in
 * seconds. Before its start it is a whole part more.
 */
const readAhead = 3;

/** What lies before this time tells of the streams, in seconds: a reader looks at so much before it says what they are. */
const describedBy = 5;

/** Fetching most of a file in parts is not worth it. */
const largestShare = 0.8;

/**
 * The bytes of a file that these time ranges need, by its index: of an MP4 with the tables of its samples or an index of its
 * fragments, and of a Matroska or WebM file with cues. What lies between may be left out: nothing reads there when the file is cut
 * by time. Null: the file has no such index, or nearly all of it is needed.
 */
export async function chooseParts(file: RemoteFile, ranges: readonly MediaRange[]): Promise<NeededParts | null> {
  const index = await readIndex(file);
  if (index === null || index.parts.length === 0) return null;
  const spans = [...index.always, ...index.parts.filter(({ atSeconds }) => atSeconds < describedBy)];
  const widened: MediaRange[] = [];
  for (const range of ranges) {
    const [first, last] = [partBefore(index.parts, range.startSeconds), partAfter(index.parts, range.endSeconds)];
    const used = index.parts.slice(first, last + 1);
    const [start] = used;
    if (start === undefined) return null;
    spans.push(...used);
    widened.push({ startSeconds: start.atSeconds, endSeconds: range.endSeconds });
  }
  const apart = joined(spans, file.size);
  const bytes = apart.reduce((sum, { start, end }) => sum + end - start, 0);
  return bytes > file.size * largestShare ? null : { spans: apart, ranges: widened };
}

/** The spans within the file, in order, those that touch joined. */
function joined(spans: readonly ByteSpan[], size: number): readonly ByteSpan[] {
  const apart: ByteSpan[] = [];
  for (const { start, end } of [...spans].sort((one, other) => one.start - other.start)) {
    const last = apart.at(-1);
    const until = Math.min(end, size);
    if (last !== undefined && start <= last.end)
      apart.splice(-1, 1, { start: last.start, end: Math.max(last.end, until) });
    else if (until > start) apart.push({ start, end: until });
  }
  return apart;
}

async function readIndex(file: RemoteFile): Promise<MediaIndex | null> {
  const head = await file.read(0, 12);
  try {
    if (head.toString("latin1", 4, 8) === "ftyp") return await mp4Index(file);
    return head.length >= 4 && head.readUInt32BE(0) === 0x1a45dfa3 ? await matroskaIndex(file) : null;
  } catch (error) {
    // A table says that it is longer than it is.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** The part before the one that holds a time: a decoder may have to begin earlier than the key frame of a time. */
function partBefore(parts: readonly IndexedPart[], seconds: number): number {
  const holds = parts.findLastIndex(({ atSeconds }) => atSeconds <= seconds);
  return Math.max(0, holds - 1);
}

/** The first part that begins well after a time, or the last one. */
function partAfter(parts: readonly IndexedPart[], seconds: number): number {
  const after = parts.findIndex(({ atSeconds }) => atSeconds >= seconds + readAhead);
  return after === -1 ? parts.length - 1 : after;
}
