import type { Buffer } from "node:buffer";

/** A file that is not here, of which parts can be read. */
export interface RemoteFile {
  readonly size: number;
  /** The bytes from `start` on; fewer at the end of the file. */
  read(start: number, length: number): Promise<Buffer>;
}

/** Bytes from `start` up to, but without, `end`. */
export interface ByteSpan {
  readonly start: number;
  readonly end: number;
}

/** A time range of the media. */
export interface MediaRange {
  readonly startSeconds: number;
  readonly endSeconds: number;
}

/** Part of a file that can be decoded by itself: it begins with a key frame. */
export interface IndexedPart extends ByteSpan {
  /** Timestamp of its first key frame, in seconds from the start of the media. */
  readonly atSeconds: number;
}

/** How an index says where the media lies. */
export interface MediaIndex {
  /** In order. */
  readonly parts: readonly IndexedPart[];
  /** Bytes that are needed whatever is wanted: the index itself, and what describes the streams. */
  readonly always: readonly ByteSpan[];
}

/** A larger index is not worth reading apart from its file. */
export const mostIndexBytes = 64 << 20;
