import { describe, expect, test } from "bun:test";
import { chaptersAfterCut, clampRanges, keptSeconds } from "./timeline.ts";

const range = (startSeconds: number, endSeconds: number) => ({ startSeconds, endSeconds });

describe("the timeline", () => {
  test("time ranges are put in order and kept within the media", () => {
    expect(clampRanges([range(50, 99), range(-5, 10), range(70, 80), range(3, 3)], 60)).toEqual([
      range(0, 10),
      range(50, 60),
    ]);
    expect(clampRanges([range(5, Number.POSITIVE_INFINITY)], null)).toEqual([range(5, Number.POSITIVE_INFINITY)]);
    expect(keptSeconds([range(0, 10), range(50, 60)])).toBe(20);
  });

  test("chapters move with the cut, shrink where it goes through them, and vanish inside it", () => {
    const chapters = [
      { title: "a", ...range(0, 20) },
      { title: "b", ...range(20, 40) },
      { title: "c", ...range(40, 60) },
      { title: "rest", ...range(60, 60.2) },
    ];
    expect(chaptersAfterCut(chapters, [range(10, 20), range(45, 60.2)])).toEqual([
      { title: "a", ...range(0, 10) },
      { title: "c", ...range(10, 25) },
    ]);
    expect(chaptersAfterCut(chapters, null)).toEqual(chapters);
  });
});
