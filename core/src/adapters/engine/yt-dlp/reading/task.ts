import type { ErrorCode } from "../../../../errors/codes.ts";
import type { Cue } from "../../../../subtitles/cue.ts";
import type { Info } from "../info.ts";

/** What a reading thread is started for. */
export type ReadingTask =
  | { readonly kind: "info"; readonly path: string }
  | { readonly kind: "captions"; readonly files: readonly CaptionFile[] };

/** A caption file on the disk; `format` is one that yt-dlp names, such as `vtt`. */
export interface CaptionFile {
  readonly path: string;
  readonly format: string;
}

/** What a reading thread says, in this order; `done` or `failed` comes last. */
export type ReadingMessage =
  | { readonly say: "info"; readonly info: Info }
  | { readonly say: "cues"; readonly file: number; readonly cues: readonly Cue[] }
  | { readonly say: "refused"; readonly file: number; readonly reason: string }
  | { readonly say: "done" }
  | { readonly say: "failed"; readonly code: ErrorCode; readonly message: string; readonly hint: string | undefined };
