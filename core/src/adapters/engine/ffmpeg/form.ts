import type { MediaFile, MediaStream } from "../../../pipeline/transcoder.ts";

/** A stream of one of the inputs. */
export interface Source {
  readonly file: MediaFile;
  readonly index: number;
  readonly stream: MediaStream;
}

/** How a stream is encoded; where it is copied there is none (`null`). */
export interface Encoding {
  readonly encoder: string;
  readonly options: readonly string[];
  readonly filters: readonly string[];
}

/** A sound of the result. */
export interface Sound {
  readonly source: Source;
  readonly encoding: Encoding | null;
}

/** Container, streams and encodings of the result, before any cutting. */
export interface Form {
  readonly extension: string;
  /** FFmpeg's muxer. */
  readonly muxer: string;
  readonly muxerOptions: readonly string[];
  readonly video: Source | null;
  readonly videoEncoding: Encoding | null;
  /** The one to be played first; a result of sound alone has one. */
  readonly sounds: readonly Sound[];
  /** A picture that is not in the result, but on whose timeline it lies. Absent: none. */
  readonly beside?: Source;
}
