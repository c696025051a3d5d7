import type { ErrorCode } from "../../../../errors/codes.ts";
import type { CaptionClock } from "../../../../subtitles/caption-clock.ts";
import type { Cue } from "../../../../subtitles/cue.ts";
import type { Info } from "../info.ts";

/** A task of a reading thread. */
export type ReadingTask =
  | { readonly kind: "info"; readonly path: string }
  | { readonly kind: "captions"; readonly files: readonly CaptionFile[] };

/** A caption file; `format` is yt-dlp's name of it, such as `vtt`. */
export interface CaptionFile {
  readonly path: string;
  readonly format: string;
  /** Whether its lines roll: recognised speech repeats them, which is undone. */
  readonly rolls: boolean;
  /** Of its text: a hint at the encoding; null: unknown. */
  readonly language: string | null;
}

/** A message of a reading thread; `done` or `failed` is the last one of a task. */
export type ReadingMessage =
  | { readonly say: "info"; readonly info: Info }
  | { readonly say: "cues"; readonly file: number; readonly cues: readonly Cue[] }
  | { readonly say: "guessed"; readonly file: number; readonly encoding: string }
  | { readonly say: "clock"; readonly file: number; readonly clock: CaptionClock }
  | { readonly say: "refused"; readonly file: number; readonly reason: string }
  | { readonly say: "done" }
  | { readonly say: "failed"; readonly code: ErrorCode; readonly message: string; readonly hint: string | undefined };
