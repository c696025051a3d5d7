import { describe, expect, test } from "bun:test";
import { sampleFile } from "@vidferry/testing";
import { readRequest } from "../../jobs/read-request.ts";
import type { DownloadRequestInput } from "../../jobs/request.ts";
import { clockOf, unmetCuts, wantedCuts } from "./cut.ts";

const chapters = [
  { title: "One", startSeconds: 0, endSeconds: 40 },
  { title: "Two", startSeconds: 40, endSeconds: 100 },
  { title: "Behind the end", startSeconds: 100, endSeconds: 120 },
];
const segments = [
  { startSeconds: 10, endSeconds: 20, category: "sponsor" },
  { startSeconds: 30, endSeconds: 35, category: "intro" },
];
const url = "https://www.youtube.com/watch?v=sample00001";
const cutsOf = (request: Partial<DownloadRequestInput>) =>
  wantedCuts(readRequest({ url, ...request }), { chapters }, segments, 100);
const range = (startSeconds: number, endSeconds: number) => ({ startSeconds, endSeconds });

describe("the cuts that a request wants", () => {
  test("are one for each chapter that the media has, when it is to be split", () => {
    expect(cutsOf({ chapters: "split" })).toEqual([
      {
        kept: [{ startSeconds: 0, endSeconds: 40 }],
        exact: false,
        part: { number: 1, title: "One" },
        durationSeconds: 100,
      },
      {
        kept: [{ startSeconds: 40, endSeconds: 100 }],
        exact: false,
        part: { number: 2, title: "Two" },
        durationSeconds: 100,
      },
    ]);
  });

  test("of chapters lie in the clip and leave out the segments, and a chapter of which nothing is left is none", () => {
    const cuts = cutsOf({ chapters: "split", sponsorBlock: ["sponsor"], clip: { ...range(15, 90), exact: true } });
    expect(cuts.map(({ kept, part, exact }) => [part?.number, kept, exact])).toEqual([
      [1, [range(20, 40)], true],
      [2, [range(40, 90)], true],
    ]);
    expect(cutsOf({ chapters: "split", sponsorBlock: ["sponsor", "intro"] }).map(({ kept }) => kept)).toEqual([
      [range(0, 10), range(20, 30), range(35, 40)],
      [range(40, 100)],
    ]);
    expect(cutsOf({ chapters: "split", clip: range(39.8, 90) }).map(({ part }) => part?.title)).toEqual(["Two"]);
    expect(() => cutsOf({ chapters: "split", clip: range(500, 600) })).toThrow(/starts at 500 s/);
  });

  test("are one otherwise: the clip, or everything", () => {
    expect(cutsOf({ clip: range(7, 12) })).toEqual([
      { kept: [range(7, 12)], exact: false, part: null, durationSeconds: 100 },
    ]);
    expect(cutsOf({})).toEqual([{ kept: null, exact: false, part: null, durationSeconds: 100 }]);
  });

  test("are one for each clip of a list, in its order, exact where it says so or all cuts are", () => {
    const clip = [{ ...range(60, 500), exact: true }, range(7, 12)];
    expect(cutsOf({ clip })).toEqual([
      { kept: [range(60, 100)], exact: true, part: { number: 1, title: null }, durationSeconds: 100 },
      { kept: [range(7, 12)], exact: false, part: { number: 2, title: null }, durationSeconds: 100 },
    ]);
    expect(cutsOf({ clip, exactCuts: true }).map(({ exact }) => exact)).toEqual([true, true]);
    expect(cutsOf({ chapters: "split", exactCuts: true }).map(({ exact }) => exact)).toEqual([true, true]);
  });

  test("leave out the segments that are to be removed, and keep those that are to be marked", () => {
    expect(cutsOf({ sponsorBlock: ["sponsor"] })).toMatchObject([{ kept: [range(0, 10), range(20, 100)] }]);
    expect(cutsOf({ sponsorBlock: { remove: ["intro"], mark: ["sponsor"] } })).toMatchObject([
      { kept: [range(0, 30), range(35, 100)] },
    ]);
    expect(cutsOf({ sponsorBlock: { mark: ["sponsor", "intro"] } })).toMatchObject([{ kept: null }]);
    expect(cutsOf({ sponsorBlock: ["sponsor"], clip: [range(5, 15), range(20, 25)] })).toMatchObject([
      { kept: [range(5, 10)] },
      { kept: [range(20, 25)] },
    ]);
  });

  test("cannot lie behind the end or inside what is removed: the clip is named", () => {
    expect(() => cutsOf({ clip: [range(0, 5), range(100, 120)] })).toThrow(
      "Clip 2 starts at 100 s, but the video ends",
    );
    expect(() => cutsOf({ clip: [range(12, 18)], sponsorBlock: ["sponsor"] })).toThrow("cover all of clip 1");
  });
});

test("what of the cuts a source has not is a warning: chapters to split by, and the end of a clip behind its own", () => {
  const warnings = (request: Partial<DownloadRequestInput>, own = chapters, said: number | null = null) =>
    unmetCuts(readRequest({ url, ...request }), { chapters: own, durationSeconds: said }, 100).map(({ code }) => code);
  expect(warnings({ chapters: "split" }, [])).toEqual(["chapters_missing"]);
  expect(warnings({ chapters: "split", clip: range(10, 100.9) })).toEqual([]);
  expect(warnings({ clip: range(10, 130) })).toEqual(["clip_shortened"]);
  expect(warnings({ clip: [range(10, 20), range(90, 130)] })).toEqual(["clip_shortened"]);
  // Only a part was fetched.
  expect(warnings({ clip: range(10, 130) }, chapters, 200)).toEqual([]);
  expect(warnings({ clip: { startSeconds: 10 } })).toEqual([]);
});

test("the clock of a source begins where its first stream does, of which only a part may be there", () => {
  const stream = (startSeconds: number, rest = {}) => sampleFile([], { format: "mpegts", startSeconds, ...rest });
  expect(clockOf([stream(11.5), stream(11)])).toEqual({ clockStartSeconds: 11 });
  expect(clockOf([stream(31, { beginsAtSeconds: 20 })])).toEqual({ clockStartSeconds: 11 });
  expect(clockOf([stream(11, { format: "matroska,webm" })])).toEqual({});
});
