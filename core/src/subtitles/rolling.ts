import type { Cue } from "./cue.ts";

/**
 * Removes the repetitions of roll-up captions: automatic captions show each line two or three times, first below, then above
 * the next one, with cues of a hundredth of a second in between. A line counts as repeated when the cue just before ended with
 * it; a refrain that recurs after a pause is kept.
 */
export function withoutRollingLines(cues: readonly Cue[]): Cue[] {
  const kept: Cue[] = [];
  let shown: readonly string[] = [];
  let shownUntil = Number.NEGATIVE_INFINITY;
  for (const cue of cues) {
    const lines = cue.text.split("\n");
    const adjoins = cue.startSeconds - shownUntil < rollingGapSeconds;
    const repeated = adjoins ? overlap(shown, lines) : 0;
    const fresh = lines.slice(repeated);
    const last = kept.at(-1);
    if (fresh.length > 0) kept.push({ ...cue, text: fresh.join("\n") });
    // A cue that only repeats lines prolongs the last one.
    else if (last) kept[kept.length - 1] = { ...last, endSeconds: Math.max(last.endSeconds, cue.endSeconds) };
    shown = lines;
    shownUntil = cue.endSeconds;
  }
  return kept.map((cue, index) => {
    const next = kept[index + 1]?.startSeconds ?? cue.endSeconds;
    return next > cue.startSeconds && next < cue.endSeconds ? { ...cue, endSeconds: next } : cue;
  });
}

const rollingGapSeconds = 0.05;
/** Captions roll by a line or two; comparing more would let a hostile file of huge cues take hours. */
const maxRollingLines = 8;

/** How many of the first new lines are the last ones that were shown. */
function overlap(shown: readonly string[], lines: readonly string[]): number {
  for (let count = Math.min(shown.length, lines.length, maxRollingLines); count > 0; count--) {
    if (lines.slice(0, count).every((line, index) => line === shown[shown.length - count + index])) return count;
  }
  return 0;
}
