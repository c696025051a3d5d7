import { expect, test } from "bun:test";
import { firstChoice, requestOf } from "./presets.ts";

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
