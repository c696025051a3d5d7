/** A line of subtitles and when it is shown. */
export interface Cue {
  readonly startSeconds: number;
  readonly endSeconds: number;
  /** Plain text, without markup; lines separated by `\n`. */
  readonly text: string;
  /** Its words and when each is spoken; absent: the source does not say. */
  readonly words?: readonly Word[];
}

/** A word of a cue, or a piece of it where the source times syllables. */
export interface Word {
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly text: string;
}
