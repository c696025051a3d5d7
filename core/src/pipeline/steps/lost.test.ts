import { describe, expect, test } from "bun:test";
import { sampleFile, sampleStream } from "@vidferry/testing";
import type { MediaFile, MediaStream, Recipe } from "../transcoder.ts";
import { lostOf } from "./lost.ts";

const file = (path: string, streams: readonly MediaStream[], rest: Partial<MediaFile> = {}) =>
  sampleFile(streams, { path, ...rest });
const h264 = sampleStream("video", "h264", { profile: "High" });
const aac = sampleStream("audio", "aac");
const cover = sampleStream("video", "mjpeg", { attachedPicture: true });
const hdr = sampleStream("video", "vp9", { isHdr: true, pixelFormat: "yuv420p10le" });

const recipe: Recipe = {
  inputs: [file("/folder/in.mp4", [h264, aac])],
  target: { kind: "video", container: "mp4" },
  ...{
    keep: null,
    exact: false,
    chapters: [],
    tags: null,
    subtitles: [],
    burnIn: null,
    cover: null,
    outputBase: "/folder/result",
  },
};
const codesOf = (result: MediaFile, rest: Partial<Recipe> = {}) =>
  lostOf({ ...recipe, ...rest }, result).map(({ code }) => code);

describe("what a result lacks", () => {
  test("is a codec that was asked for by name and that nothing here encodes", () => {
    const target = { kind: "video", container: "mkv", codec: "av1" } as const;
    const made = (codec: string) =>
      lostOf({ ...recipe, target }, file("/folder/result.mkv", [sampleStream("video", codec)]));
    expect(made("av1")).toEqual([]);
    expect(made("h264")).toEqual([
      {
        code: "codec_replaced",
        detail: "The picture had to be encoded, and FFmpeg has no encoder of AV1: it is in H264.",
      },
    ]);
  });

  test("are letters that could not be drawn, of which some are named", () => {
    const drawn = (undrawn: string[]) => lostOf(recipe, file("/folder/result.mp4", [h264, aac], { undrawn }));
    expect(drawn([])).toEqual([]);
    expect(drawn(["漢", "あ"])).toEqual([
      {
        code: "subtitles_letters_missing",
        detail: "There is no font for 漢 あ: they are drawn as boxes.",
      },
    ]);
    expect(drawn([..."abcdefghijkl"])[0]?.detail).toContain("for a b c d e f g h i j and other letters:");
  });

  const sound = { target: { kind: "audio", format: "wav", bitrateKbps: null, normalize: false } } as const;
  const wav = file("/folder/result.wav", [sampleStream("audio", "pcm_s16le")]);
  const chapters = [{ title: "One", startSeconds: 0, endSeconds: 10 }];

  test("is a cover that its container does not hold", () => {
    expect(codesOf(wav, { ...sound, cover: "/folder/cover.jpg" })).toEqual(["cover_not_embedded"]);
    expect(codesOf(file("/folder/result.m4a", [aac, cover]), { ...sound, cover: "/folder/cover.jpg" })).toEqual([]);
    expect(codesOf(wav, sound)).toEqual([]);
  });

  test("is chapters that its container does not hold, and that were not cut away", () => {
    expect(codesOf(wav, { ...sound, chapters })).toEqual(["chapters_not_written"]);
    expect(codesOf(file("/folder/result.m4a", [aac], { chapterCount: 1 }), { ...sound, chapters })).toEqual([]);
    expect(codesOf(wav, { ...sound, chapters, keep: [{ startSeconds: 20, endSeconds: 30 }] })).toEqual([]);
  });

  test.each([
    ["H.264 and AAC", [h264, aac], {}, []],
    ["VP9", [sampleStream("video", "vp9"), aac], {}, ["plays_not_everywhere"]],
    ["AV1", [sampleStream("video", "av1"), aac], {}, ["plays_not_everywhere"]],
    [
      "H.264 of ten bits",
      [sampleStream("video", "h264", { pixelFormat: "yuv420p10le" }), aac],
      {},
      ["plays_not_everywhere"],
    ],
    [
      "H.264 of a rare profile",
      [sampleStream("video", "h264", { profile: "High 4:4:4 Predictive" })],
      {},
      ["plays_not_everywhere"],
    ],
    ["Opus", [h264, sampleStream("audio", "opus")], {}, ["plays_not_everywhere"]],
    ["an index behind", [h264, aac], { isIndexedAhead: false }, ["plays_not_everywhere"]],
  ] as const)("is that it plays everywhere, as an MP4 with %s: %#", (_, streams, rest, codes) => {
    expect(codesOf(file("/folder/result.mp4", streams, rest))).toEqual([...codes]);
  });

  test("is a high dynamic range that was converted", () => {
    const inputs = [file("/folder/in.webm", [hdr])];
    const [warning] = lostOf({ ...recipe, inputs }, file("/folder/result.mp4", [h264, aac]));
    expect(warning).toMatchObject({ code: "hdr_converted", detail: expect.stringContaining("only a picture") });
    const wished = { ...recipe, inputs, target: { kind: "video", container: "mkv", hdr: true } } as const;
    expect(lostOf(wished, file("/folder/result.mkv", [h264]))[0]?.detail).toContain("could not be encoded");
    expect(lostOf(wished, file("/folder/result.mkv", [hdr]))).toEqual([]);
  });
});
