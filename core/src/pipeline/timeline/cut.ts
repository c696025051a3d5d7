import type { TimeRange } from "./time-ranges.ts";

/** What one result keeps of the source. Picture, sound, chapters and captions of the result all follow it. */
export interface Cut {
  /** The kept time ranges, in order; null: everything. */
  readonly kept: readonly TimeRange[] | null;
  /** The chapter that the result is made of; null: it is not split. */
  readonly chapter: { readonly number: number; readonly title: string } | null;
  /** How long the source is, in seconds: what is put beside its picture and sound ends with them. Null: unknown. */
  readonly durationSeconds: number | null;
}

/** Of a result without media, as a transcript is. */
export const uncut: Cut = { kept: null, chapter: null, durationSeconds: null };
