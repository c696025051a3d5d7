import { describe, expect, test } from "bun:test";
import { withMarkedChapters } from "./marked-chapters.ts";

const whole = { title: "Video", durationSeconds: 60 };
const mark = (startSeconds: number, endSeconds: number, category = "sponsor") => ({
  startSeconds,
  endSeconds,
  category,
});
const chapter = (title: string, startSeconds: number, endSeconds: number) => ({ title, startSeconds, endSeconds });
const chapters = [chapter("One", 0, 20), chapter("Two", 20, 60)];

describe("marked segments", () => {
  test("become chapters between the others, named as their category", () => {
    expect(withMarkedChapters(chapters, [mark(5, 8), mark(15, 25, "intro"), mark(50, 60)], whole)).toEqual([
      chapter("One", 0, 5),
      chapter("sponsor", 5, 8),
      chapter("One", 8, 15),
      chapter("intro", 15, 25),
      chapter("Two", 25, 50),
      chapter("sponsor", 50, 60),
    ]);
  });

  test("stand in one chapter of the video's title when it has none", () => {
    expect(withMarkedChapters([], [mark(5, 8)], whole)).toEqual([
      chapter("Video", 0, 5),
      chapter("sponsor", 5, 8),
      chapter("Video", 8, 60),
    ]);
    expect(withMarkedChapters([], [mark(5, 8)], { ...whole, durationSeconds: null })).toEqual([
      chapter("sponsor", 5, 8),
    ]);
  });

  test("that overlap follow one another: one that begins inside another interrupts it", () => {
    expect(withMarkedChapters([], [mark(10, 40), mark(20, 30, "intro"), mark(35, 50, "outro")], whole)).toEqual([
      chapter("Video", 0, 10),
      chapter("sponsor", 10, 20),
      chapter("intro", 20, 30),
      chapter("sponsor", 30, 35),
      chapter("outro", 35, 50),
      chapter("Video", 50, 60),
    ]);
  });

  test("change nothing when there are none", () => {
    expect(withMarkedChapters(chapters, [], whole)).toBe(chapters);
    expect(withMarkedChapters([], [], whole)).toEqual([]);
  });
});
