import { describe, expect, test } from "bun:test";
import { readRequest } from "../../jobs/read-request.ts";
import type { MediaFile } from "../transcoder.ts";
import { makeRecipes } from "./shape.ts";

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
