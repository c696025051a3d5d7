import { keptTime } from "../library/kept-time.ts";
import type { Cue } from "./cue.ts";

/** Moves cues onto the timeline that is left when only these time ranges are kept; cues outside them are dropped. */
export function cutCues(
  cues: readonly Cue[],
  keep: readonly { readonly startSeconds: number; readonly endSeconds: number }[] | null,
): readonly Cue[] {
  if (keep === null) return cues;
  const moved = keptTime(keep);
  return cues
    .map((cue) => ({ ...cue, startSeconds: moved(cue.startSeconds), endSeconds: moved(cue.endSeconds) }))
    .filter((cue) => cue.endSeconds > cue.startSeconds);
}
