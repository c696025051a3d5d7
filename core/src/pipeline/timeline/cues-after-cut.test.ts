import { expect, test } from "bun:test";
import { cuesAfterCut } from "./cues-after-cut.ts";

const cue = (startSeconds: number, endSeconds: number, text = "a") => ({ startSeconds, endSeconds, text });

test("cues that end after the media are clamped to it, and those behind it go", () => {
  const cues = [cue(1, 2), cue(28, 45), cue(31, 33)];
  expect(cuesAfterCut(cues, { kept: null, durationSeconds: 30 })).toEqual([cue(1, 2), cue(28, 30)]);
  expect(cuesAfterCut(cues, { kept: null, durationSeconds: null })).toEqual(cues);
});

test("words move with their cue", () => {
  const spoken = { ...cue(8, 12, "one two three"), words: [cue(8, 9, "one"), cue(9, 11, "two"), cue(11, 12, "three")] };
  const kept = [{ startSeconds: 10, endSeconds: 20 }];
  expect(cuesAfterCut([spoken], { kept, durationSeconds: 30 })).toEqual([
    { ...cue(0, 2, "one two three"), words: [cue(0, 1, "two"), cue(1, 2, "three")] },
  ]);
});

test("cues with a clock of their own are cut where they belong on the timeline of the media", () => {
  const cut = { kept: [{ startSeconds: 5, endSeconds: 9 }], durationSeconds: 30, clockStartSeconds: 1.4 };
  const clock = { localSeconds: 3_600, streamSeconds: 1.4 };
  expect(cuesAfterCut([cue(3_601, 3_602), cue(3_607, 3_608)], cut, clock)).toEqual([cue(2, 3)]);
});
