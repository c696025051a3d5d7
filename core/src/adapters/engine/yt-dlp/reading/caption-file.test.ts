import { describe, expect, test } from "bun:test";
import { parseCaptions } from "./caption-file.ts";

const json3 = JSON.stringify({
  wireMagic: "pb3",
  events: [
    { tStartMs: 0, dDurationMs: 20000, id: 1 },
    {
      tStartMs: 160,
      dDurationMs: 4000,
      segs: [{ utf8: "hello" }, { utf8: " this", tOffsetMs: 300 }, { utf8: " is a" }],
    },
    { tStartMs: 2150, dDurationMs: 2010, aAppend: 1, segs: [{ utf8: "\n" }] },
    { tStartMs: 2160, dDurationMs: 4400, segs: [{ utf8: "test\nof   captions" }] },
  ],
});
const rolling = `WEBVTT
Kind: captions

00:00:00.160 --> 00:00:02.150 align:start position:0%

hello<00:00:00.460><c> this</c><00:00:00.760><c> is</c><00:00:00.860><c> a</c>

00:00:02.150 --> 00:00:02.160 align:start position:0%
hello this is a


00:00:02.160 --> 00:00:04.150 align:start position:0%
hello this is a
test<00:00:02.360><c> of</c> captions

00:00:04.150 --> 00:00:04.160 align:start position:0%
test of captions

`;

const parse = (text: string, format: string) => parseCaptions(new TextEncoder().encode(text), format);

describe("caption files", () => {
  test("in json3 give each word once, and cues that do not overlap", async () => {
    expect(await parse(json3, "json3")).toEqual([
      { startSeconds: 0.16, endSeconds: 2.16, text: "hello this is a" },
      { startSeconds: 2.16, endSeconds: 6.56, text: "test\nof captions" },
    ]);
  });

  test("in rolling WebVTT give each line once, without markup", async () => {
    const cues = await parse(rolling, "vtt");
    expect(cues.map(({ text }) => text)).toEqual(["hello this is a", "test of captions"]);
  });

  test("in SubRip are read with their entities", async () => {
    const srt = "1\n00:00:00,500 --> 00:00:01,000\n<i>Tom</i> &amp; Jerry\n\n2\n00:00:01,500 --> 00:00:02,000\nbye\n";
    expect(await parse(srt, "srt")).toEqual([
      { startSeconds: 0.5, endSeconds: 1, text: "Tom & Jerry" },
      { startSeconds: 1.5, endSeconds: 2, text: "bye" },
    ]);
  });

  test.each([
    ["json3", "<html>429</html>"],
    ["json3", '{"events":[]}'],
    ["vtt", "<html></html>"],
    ["srt", ""],
    ["ttml", "<tt/>"],
  ])("that hold nothing are refused: %s %s", async (format, text) => {
    await expect(parse(text, format)).rejects.toThrow();
  });
});
