import { expect, test } from "bun:test";
import { choiceOf, firstChoice, presetsOf, requestOf } from "./presets.ts";

test.each([
  [{}, { output: { type: "video", quality: "1080p", container: "mp4" } }],
  [
    { type: "audio", format: "mp3", thumbnail: true },
    { output: { type: "audio", format: "mp3" }, thumbnail: "embed" },
  ],
  [
    { type: "text", languages: "en, de", textFormats: ["md"], thumbnail: true, cutSponsors: true },
    { output: { type: "transcript" }, subtitles: { languages: ["en", "de"], formats: ["md"] } },
  ],
  [
    { type: "text", textFormats: [] },
    { output: { type: "transcript" }, subtitles: { formats: ["txt"] } },
  ],
  [
    { subtitles: true, cutSponsors: true },
    {
      output: { type: "video", quality: "1080p", container: "mp4" },
      subtitles: {},
      sponsorBlock: ["sponsor", "selfpromo"],
    },
  ],
] as const)("the choice %j asks for %j", (changes, request) => {
  expect(requestOf({ ...firstChoice, ...changes })).toEqual(request as never);
});

test("a part of the video is asked for with what was chosen of it alone", () => {
  expect(requestOf(firstChoice, { start: 5, end: null, exact: false }).clip).toEqual({ startSeconds: 5 });
  expect(requestOf(firstChoice, { start: 0, end: 9, exact: true }).clip).toEqual({
    startSeconds: 0,
    endSeconds: 9,
    exact: true,
  });
});

test("of a choice that another version has stored what fits is kept", () => {
  const stored = { type: "audio", format: "mp9", languages: 7, textFormats: null, subtitles: true, glow: 1 };
  expect(choiceOf(stored)).toEqual({ ...firstChoice, type: "audio", subtitles: true });
  for (const nothing of [null, "x", 5, []]) expect(choiceOf(nothing)).toEqual(firstChoice);
});

test("of presets that another version has stored those with a name are kept", () => {
  const kept = presetsOf([{ name: "Radio", choice: { type: "audio", quality: "9p" } }, { choice: {} }, null, "x"]);
  expect(kept).toEqual([{ name: "Radio", choice: { ...firstChoice, type: "audio" } }]);
  expect(presetsOf({ a: 1 })).toEqual([]);
});
