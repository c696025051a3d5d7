import { describe, expect, test } from "bun:test";
import { readRequest } from "../jobs/read-request.ts";
import { keptRanges, makeRecipes } from "./make-recipe.ts";
import type { MediaFile } from "./transcoder.ts";
import { verifyFetched, verifyOutput } from "./verify-output.ts";

const url = "https://www.youtube.com/watch?v=sample00001";
const file = (
  durationSeconds: number | null,
  kinds: readonly ("video" | "audio")[] = ["video", "audio"],
): MediaFile => ({
  path: "/folder/in.mp4",
  bytes: 10,
  format: "mp4",
  durationSeconds,
  streams: kinds.map((kind) => ({ kind, codec: "x", width: null, height: null, fps: null, attachedPicture: false })),
});
const media = {
  extractor: "youtube",
  id: "sample00001",
  title: "Title",
  channel: "Channel",
  durationSeconds: 100,
  webpageUrl: url,
  thumbnailUrl: null,
  uploadedAt: "2026-01-02",
  isLive: false,
  chapters: [
    { title: "One", startSeconds: 0, endSeconds: 40 },
    { title: "Two", startSeconds: 40, endSeconds: 100 },
  ],
};
const parts = (request: object) => ({
  request: readRequest({ url, ...request }),
  media,
  inputs: [file(100)],
  segments: [],
  subtitles: [],
  cover: null,
  outputBase: "/folder/result",
});

describe("what is kept of a video", () => {
  const segment = (startSeconds: number, endSeconds: number) => ({ startSeconds, endSeconds, category: "sponsor" });

  test("everything, without a clip or segments", () => {
    expect(keptRanges({}, [], 100)).toBeNull();
  });

  test("a clip without the segments inside it, however they overlap", () => {
    const clip = { startSeconds: 10, endSeconds: 90, exact: false };
    const kept = keptRanges({ clip }, [segment(50, 60), segment(0, 20), segment(55, 65), segment(95, 99)], 100);
    expect(kept).toEqual([
      { startSeconds: 20, endSeconds: 50 },
      { startSeconds: 65, endSeconds: 90 },
    ]);
  });

  test("a clip is cut to the video's end", () => {
    expect(keptRanges({ clip: { startSeconds: 90, endSeconds: 500, exact: false } }, [], 100)).toEqual([
      { startSeconds: 90, endSeconds: 100 },
    ]);
  });

  test("a clip without an end goes to the video's end, known or not", () => {
    const clip = { startSeconds: 90, exact: false };
    expect(keptRanges({ clip }, [], 100)).toEqual([{ startSeconds: 90, endSeconds: 100 }]);
    expect(keptRanges({ clip }, [], null)).toEqual([{ startSeconds: 90, endSeconds: Number.POSITIVE_INFINITY }]);
    expect(keptRanges({ clip: { ...clip, startSeconds: 0 } }, [], 100)).toBeNull();
  });

  test("nothing is refused with a word of its own when segments cover everything", () => {
    expect(() => keptRanges({}, [segment(-5, 60), segment(50, 900)], 100)).toThrow(/nothing would be left/);
  });

  test("a clip behind the end is refused with the end's place", () => {
    expect(() => keptRanges({ clip: { startSeconds: 100, endSeconds: 120, exact: false } }, [], 100)).toThrow(
      /ends at 100 s/,
    );
  });
});

describe("recipes", () => {
  test("split chapters make a recipe each, with its own title", () => {
    const recipes = makeRecipes(parts({ chapters: "split", metadata: { embed: true } }));
    expect(recipes.map((recipe) => recipe.keep)).toEqual([
      [{ startSeconds: 0, endSeconds: 40 }],
      [{ startSeconds: 40, endSeconds: 100 }],
    ]);
    expect(recipes.map((recipe) => recipe.tags?.["title"])).toEqual(["One", "Two"]);
    expect(new Set(recipes.map((recipe) => recipe.outputBase)).size).toBe(2);
  });

  test("dropped chapters and unasked tags are not written", () => {
    expect(makeRecipes(parts({ chapters: "drop" }))).toMatchObject([{ chapters: [], tags: null, keep: null }]);
  });
});

describe("verification", () => {
  const [recipe] = makeRecipes(parts({}));
  if (recipe === undefined) throw new Error("no recipe");

  test("takes what is as long as its source", () => {
    expect(() => verifyOutput(recipe, file(100.4))).not.toThrow();
  });

  test.each([
    ["shorter", file(90)],
    ["without sound", file(100, ["video"])],
    ["without picture", file(100, ["audio"])],
    ["empty", { ...file(100), bytes: 0 }],
  ])("refuses a result that is %s", (_, result) => {
    expect(() => verifyOutput(recipe, result)).toThrow();
  });

  test("refuses a download that is cut off", () => {
    expect(() => verifyFetched([file(40)], media)).toThrow(/40.0 of 100 seconds/);
    expect(() => verifyFetched([file(99)], media)).not.toThrow();
  });
});
