import type { Cue } from "../../subtitles/cue.ts";
import { afterCut } from "./after-cut.ts";
import type { Cut } from "./cut.ts";

/**
 * Moves cues, and their words, onto the timeline of a result. Cues that go on after the media are clamped to it; an unknown
 * duration limits nothing.
 */
export function cuesAfterCut(
  cues: readonly Cue[],
  { kept, durationSeconds }: Pick<Cut, "kept" | "durationSeconds">,
): readonly Cue[] {
  const ranges = kept ?? (durationSeconds === null ? null : [{ startSeconds: 0, endSeconds: durationSeconds }]);
  if (ranges === null) return cues;
  return afterCut(cues, ranges).map((cue) =>
    cue.words === undefined ? cue : { ...cue, words: afterCut(cue.words, ranges) },
  );
}
