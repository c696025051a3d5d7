import { describe, expect, test } from "bun:test";
import { afterCut } from "./after-cut.ts";

const cue = (startSeconds: number, endSeconds: number, text: string) => ({ startSeconds, endSeconds, text });
const range = (startSeconds: number, endSeconds: number) => ({ startSeconds, endSeconds });

describe("chapters after a cut", () => {
  test("move with the cut, shrink where it goes through them, and vanish inside it or when little is left", () => {
    const chapters = [
      { title: "a", ...range(0, 20) },
      { title: "b", ...range(20, 40) },
      { title: "c", ...range(40, 60) },
      { title: "rest", ...range(60, 60.2) },
    ];
    expect(afterCut(chapters, [range(10, 20), range(45, 60.2)], 0.5)).toEqual([
      { title: "a", ...range(0, 10) },
      { title: "c", ...range(10, 25) },
    ]);
    expect(afterCut(chapters, null, 0.5)).toEqual(chapters);
  });
});

describe("cutting", () => {
  const keep = [
    { startSeconds: 10, endSeconds: 20 },
    { startSeconds: 30, endSeconds: 40 },
  ];

  test("moves cues to where their words are, and drops what was cut out", () => {
    const cues = [
      cue(0, 9, "before"),
      cue(8, 12, "into"),
      cue(21, 29, "cut"),
      cue(31, 33, "later"),
      cue(40, 50, "after"),
    ];
    expect(afterCut(cues, keep)).toEqual([cue(0, 2, "into"), cue(11, 13, "later")]);
    expect(afterCut(cues, null)).toEqual(cues);
  });

  test("shows a cue that spans a cut once", () => {
    expect(afterCut([cue(0, 100, "all along")], keep)).toEqual([cue(0, 20, "all along")]);
    expect(afterCut([cue(35, 99, "on")], [{ startSeconds: 30, endSeconds: Number.POSITIVE_INFINITY }])).toEqual([
      cue(5, 69, "on"),
    ]);
  });
});
