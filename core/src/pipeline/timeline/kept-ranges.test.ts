import { describe, expect, test } from "bun:test";
import { keptRanges } from "./kept-ranges.ts";

describe("what is kept of a video", () => {
  const segment = (startSeconds: number, endSeconds: number) => ({ startSeconds, endSeconds, category: "sponsor" });

  test("everything, without a clip or segments", () => {
    expect(keptRanges(null, [], 100)).toBeNull();
  });

  test("a clip without the segments inside it, however they overlap", () => {
    const clip = { startSeconds: 10, endSeconds: 90, exact: false };
    const kept = keptRanges(clip, [segment(50, 60), segment(0, 20), segment(55, 65), segment(95, 99)], 100);
    expect(kept).toEqual([
      { startSeconds: 20, endSeconds: 50 },
      { startSeconds: 65, endSeconds: 90 },
    ]);
  });

  test("a clip is cut to the video's end", () => {
    expect(keptRanges({ startSeconds: 90, endSeconds: 500 }, [], 100)).toEqual([{ startSeconds: 90, endSeconds: 100 }]);
  });

  test("a clip without an end goes to the video's end, known or not", () => {
    const clip = { startSeconds: 90, exact: false };
    expect(keptRanges(clip, [], 100)).toEqual([{ startSeconds: 90, endSeconds: 100 }]);
    expect(keptRanges(clip, [], null)).toEqual([{ startSeconds: 90, endSeconds: Number.POSITIVE_INFINITY }]);
    expect(keptRanges({ ...clip, startSeconds: 0 }, [], 100)).toBeNull();
  });

  test("nothing is refused with a word of its own when segments cover everything", () => {
    expect(() => keptRanges(null, [segment(-5, 60), segment(50, 900)], 100)).toThrow(/nothing would be left/);
  });

  test("a clip behind the end is refused with the end's place", () => {
    expect(() => keptRanges({ startSeconds: 100, endSeconds: 120 }, [], 100)).toThrow(/ends at 100 s/);
  });
});
