import type { WorkFolder } from "../work-folders.ts";

/**
 * What a recording consists of, by stream: the text of its journal, in whole lines. Files only grow, and a line is written after the
 * bytes that it tells of: the same beginning of a journal means the same bytes.
 */
export type Journals = Readonly<Record<string, string>>;

/** Bytes of a file of a recording. */
export interface RecordedSpan {
  readonly file: string;
  readonly from: number;
  readonly bytes: number;
}

/** The recordings in work folders, for those who copy them to other machines. Its engine alone knows what is in the lines. */
export interface RecordingFiles {
  /** What the folder has of a recording; nothing in a folder without one. */
  journals(folder: WorkFolder): Promise<Journals>;
  /** The bytes that the journals tell of, without those that `known`, a beginning of them, tells of. */
  spans(journals: Journals, known: Journals): readonly RecordedSpan[];
  /** Reads them, one after the other. */
  read(folder: WorkFolder, spans: readonly RecordedSpan[]): ReadableStream<Uint8Array>;
  /** Writes them where they belong; rejects when there are fewer bytes than they need. */
  write(folder: WorkFolder, spans: readonly RecordedSpan[], bytes: ReadableStream<Uint8Array>): Promise<void>;
  /** Replaces the journals, each at once: what they do not tell of is no longer part of the recording. */
  replace(folder: WorkFolder, journals: Journals): Promise<void>;
}
