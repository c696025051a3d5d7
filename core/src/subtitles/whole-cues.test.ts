import { expect, test } from "bun:test";
import { wholeCues } from "./whole-cues.ts";
import { wordsUntil } from "./words.ts";

const cue = (startSeconds: number, endSeconds: number, text: string) => ({ startSeconds, endSeconds, text });

test("cues are put in order, and each comes once, as long as it is shown", () => {
  expect(wholeCues([cue(2, 3, "b"), cue(0, 1, "a"), cue(0, 5, "a"), cue(0, 2, "a")])).toEqual([
    cue(0, 5, "a"),
    cue(2, 3, "b"),
  ]);
});

test("a cue without a length is shown as long as it takes to read, but not into the next one", () => {
  expect(
    wholeCues([
      cue(0, 0, "a"),
      cue(0, 0, "b"),
      cue(0.5, 0, "c"),
      cue(9, 9, "x".repeat(30)),
      cue(20, 1, "y".repeat(500)),
    ]),
  ).toEqual([
    cue(0, 0.5, "a"),
    cue(0, 0.5, "b"),
    cue(0.5, 1.5, "c"),
    cue(9, 11, "x".repeat(30)),
    cue(20, 27, "y".repeat(500)),
  ]);
});

test("a word lasts until the next one; what begins together is one", () => {
  const starts = [
    { startSeconds: 1, text: "one " },
    { startSeconds: 1, text: "two" },
    { startSeconds: 2, text: " " },
    { startSeconds: 3, text: "three" },
  ];
  expect(wordsUntil(starts, 4)).toEqual([cue(1, 3, "one two"), cue(3, 4, "three")]);
});
