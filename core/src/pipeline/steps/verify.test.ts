import { describe, expect, test } from "bun:test";
import { readRequest } from "../../jobs/read-request.ts";
import { uncut } from "../timeline/cut.ts";
import type { MediaFile } from "../transcoder.ts";
import { makeRecipe } from "./recipe.ts";
import { verifyOutput } from "./verify.ts";

const url = "https://www.youtube.com/watch?v=sample00001";
const file = (
  durationSeconds: number | null,
  kinds: readonly ("video" | "audio")[] = ["video", "audio"],
): MediaFile => ({
  path: "/folder/in.mp4",
  bytes: 10,
  format: "mp4",
  durationSeconds,
  startSeconds: 0,
  isDiscontinuous: false,
  isIndexedAhead: true,
  chapterCount: 0,
  streams: kinds.map((kind) => ({
    kind,
    codec: "x",
    profile: null,
    codecTag: null,
    width: null,
    height: null,
    fps: null,
    pixelFormat: null,
    isHdr: false,
    rotation: 0,
    hasBFrames: false,
    channels: null,
    bitsPerSample: null,
    language: null,
    isDefault: true,
    attachedPicture: false,
  })),
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
const recipe = makeRecipe({
  request: readRequest({ url }),
  media,
  segments: [],
  inputs: [file(100)],
  cut: uncut,
  subtitles: [],
  burnIn: null,
  cover: null,
  outputBase: "/folder/result",
});

describe("verification", () => {
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

  test("refuses a copied clip that is as long as a whole group of pictures too much", () => {
    const clip = { ...recipe, keep: [{ startSeconds: 5, endSeconds: 15 }] };
    expect(() => verifyOutput(clip, file(10.2))).not.toThrow();
    expect(() => verifyOutput(clip, file(15))).toThrow(/15.0 s instead of 10.0 s/);
  });
});
