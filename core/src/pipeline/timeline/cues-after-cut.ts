import { type CaptionClock, onMediaTime } from "../../subtitles/caption-clock.ts";
import type { Cue } from "../../subtitles/cue.ts";
import { afterCut } from "./after-cut.ts";
import type { Cut } from "./cut.ts";

/**
 * Moves cues, and their words, onto the timeline of a result. Cues that go on after the media are clamped to it; an unknown
 * duration limits nothing.
 * @param clock that of the cues; absent: their times are those of the media.
 */
export function cuesAfterCut(
  own: readonly Cue[],
  cut: Pick<Cut, "kept" | "durationSeconds" | "clockStartSeconds">,
  clock?: CaptionClock,
): readonly Cue[] {
  const { kept, durationSeconds } = cut;
  const ranges = kept ?? (durationSeconds === null ? null : [{ startSeconds: 0, endSeconds: durationSeconds }]);
  const cues = onMediaTime(own, clock, cut);
  if (ranges === null) return cues;
  return afterCut(cues, ranges).map((cue) =>
    cue.words === undefined ? cue : { ...cue, words: afterCut(cue.words, ranges) },
  );
}
