import { describe, expect, test } from "bun:test";
import { readRequest } from "../../jobs/read-request.ts";
import type { MediaFile } from "../transcoder.ts";
import { refuseTruncated } from "./inspect.ts";
import { makeRecipes } from "./shape.ts";
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
    expect(() => refuseTruncated([file(40)], media)).toThrow(/40.0 of 100 seconds/);
    expect(() => refuseTruncated([file(99)], media)).not.toThrow();
  });
});
