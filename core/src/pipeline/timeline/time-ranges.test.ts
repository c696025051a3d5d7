import { describe, expect, test } from "bun:test";
import { clampRanges, isWhole, totalSeconds } from "./time-ranges.ts";

const range = (startSeconds: number, endSeconds: number) => ({ startSeconds, endSeconds });

describe("time ranges", () => {
  test("are put in order and kept within the media", () => {
    expect(clampRanges([range(50, 99), range(-5, 10), range(70, 80), range(3, 3)], 60)).toEqual([
      range(0, 10),
      range(50, 60),
    ]);
    expect(clampRanges([range(5, Number.POSITIVE_INFINITY)], null)).toEqual([range(5, Number.POSITIVE_INFINITY)]);
    expect(totalSeconds([range(0, 10), range(50, 60)])).toBe(20);
  });

  test("are the whole media when one goes from its start to its end", () => {
    expect(isWhole([range(0, 60)], 60)).toBe(true);
    expect(
      [[range(0, 30), range(30, 60)], [range(1, 60)], [range(0, 59)], []].map((each) => isWhole(each, 60)),
    ).toEqual([false, false, false, false]);
    expect(isWhole([range(0, Number.POSITIVE_INFINITY)], null)).toBe(false);
  });
});
