import type { Cue } from "../subtitles/cue.ts";

/** Sound to transcribe. */
export interface SpokenSound {
  /** Absolute path of an MP3 file with one channel. */
  readonly path: string;
  readonly seconds: number;
}

export interface TranscribeOptions {
  /** The spoken language as a BCP 47 tag; null: the recogniser finds it out. */
  readonly language: string | null;
  readonly signal: AbortSignal;
}

/** What is said in a sound. */
export interface Transcript {
  /** The language that was heard, as a BCP 47 tag; null: unknown. */
  readonly language: string | null;
  /** In order; times begin with the sound and end with it. Empty: nothing is said. */
  readonly cues: readonly Cue[];
}

/** Recognises speech by a machine. */
export interface Transcriber {
  /**
   * What is said. Rejects with `transcription_failed`, whose message says why (the service cannot be reached, refuses, or answers
   * something else), or with the signal's reason.
   */
  transcribe(sound: SpokenSound, options: TranscribeOptions): Promise<Transcript>;
}
