import { describe, expect, test } from "bun:test";
import { sampleFile, sampleStream } from "@vidferry/testing";
import { readRequest } from "../../jobs/read-request.ts";
import { uncut } from "../timeline/cut.ts";
import { makeRecipe } from "./recipe.ts";
import { verifyOutput } from "./verify.ts";

const url = "https://www.youtube.com/watch?v=sample00001";
const file = (durationSeconds: number | null, kinds: readonly ("video" | "audio")[] = ["video", "audio"]) =>
  sampleFile(
    kinds.map((kind) => sampleStream(kind, "x")),
    { durationSeconds },
  );
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

  test("takes a sound that is as long as its source, though its own length is told shorter, and no longer one", () => {
    const streams = [sampleStream("video", "x"), { ...sampleStream("audio", "x"), durationSeconds: 90 }];
    const sound = makeRecipe({
      ...{ request: readRequest({ url, output: { type: "audio" } }), media, segments: [], cut: uncut, subtitles: [] },
      ...{
        inputs: [sampleFile(streams, { durationSeconds: 100 })],
        burnIn: null,
        cover: null,
        outputBase: "/folder/result",
      },
    });
    expect(() => verifyOutput(sound, file(100, ["audio"]))).not.toThrow();
    expect(() => verifyOutput(sound, file(90, ["audio"]))).not.toThrow();
    expect(() => verifyOutput(sound, file(80, ["audio"]))).toThrow(/instead of 90.0 s/);
    expect(() => verifyOutput(sound, file(110, ["audio"]))).toThrow(/instead of 90.0 s/);
  });

  test("takes a piece without sound where no more than a frame of it reaches into the piece", () => {
    const source = (seconds: number) =>
      sampleFile([sampleStream("video", "x"), { ...sampleStream("audio", "x"), durationSeconds: seconds }], {
        durationSeconds: 100,
      });
    const piece = { ...recipe, keep: [{ startSeconds: 80, endSeconds: 90 }] };
    const silent = file(10, ["video"]);
    expect(() => verifyOutput({ ...piece, inputs: [source(80.02)] }, silent)).not.toThrow();
    expect(() => verifyOutput({ ...piece, inputs: [source(80.5)] }, silent)).toThrow("no sound");
  });

  test("refuses a copied clip that is as long as a whole group of pictures too much", () => {
    const clip = { ...recipe, keep: [{ startSeconds: 5, endSeconds: 15 }] };
    expect(() => verifyOutput(clip, file(10.2))).not.toThrow();
    expect(() => verifyOutput(clip, file(15))).toThrow(/15.0 s instead of 10.0 s/);
  });
});
