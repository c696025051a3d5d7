/** A line of subtitles and when it is shown. */
export interface Cue {
  readonly startSeconds: number;
  readonly endSeconds: number;
  /** Plain text, without markup; lines separated by `\n`. */
  readonly text: string;
}
