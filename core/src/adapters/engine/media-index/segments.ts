import type { ByteSpan } from "./remote-file.ts";

/** Where bytes lie. */
export interface Place {
  readonly url: string;
  /** Null: all that lies there. */
  readonly span: ByteSpan | null;
}

/** A segment of a stream. */
export interface Segment extends Place {
  /** How long it is, as its list says. */
  readonly seconds: number;
  /** With what it is encrypted (AES-128 in CBC mode); null: it is not. */
  readonly key: SegmentKey | null;
}

/** A key, and the initialization vector in hexadecimal. */
export interface SegmentKey {
  readonly url: string;
  readonly vector: string;
}

/** The segments of a stream, in order, on one clock. */
export interface SegmentList {
  /** What describes the streams, ahead of all segments; null: each describes itself. */
  readonly init: Place | null;
  readonly segments: readonly Segment[];
}

/** Some of the segments of a list, from the first to the last of them. */
export interface ChosenSegments {
  readonly first: number;
  readonly last: number;
}
