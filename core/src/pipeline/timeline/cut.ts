import type { TimeRange } from "./time-ranges.ts";

/** What one result keeps of the source. Picture, sound, chapters and captions of the result all follow it. */
export interface Cut {
  /** The kept time ranges, in order; null: everything. */
  readonly kept: readonly TimeRange[] | null;
  /** Whether it begins and ends exactly there, by re-encoding, and not at key frames. */
  readonly exact: boolean;
  /** Which of several results it is, and the title of the chapter that it is made of; null: it is the only one. */
  readonly part: { readonly number: number; readonly title: string | null } | null;
  /** How long the source is, in seconds: what is put beside its picture and sound ends with them. Null: unknown. */
  readonly durationSeconds: number | null;
  /** When the source begins on the clock of its stream, in seconds. Absent: it has none, or it is not known. */
  readonly clockStartSeconds?: number;
}

/** Of a result without media, as a transcript is. */
export const uncut: Cut = { kept: null, exact: false, part: null, durationSeconds: null };
