import { describe, expect, test } from "bun:test";
import { wantedCuts } from "./cut.ts";

const chapters = [
  { title: "One", startSeconds: 0, endSeconds: 40 },
  { title: "Two", startSeconds: 40, endSeconds: 100 },
  { title: "Behind the end", startSeconds: 100, endSeconds: 120 },
];
const cutsOf = (request: { chapters?: "keep" | "split"; clip?: { startSeconds: number; endSeconds: number } }) =>
  wantedCuts(
    { chapters: "keep", ...request, clip: request.clip && { ...request.clip, exact: false } },
    { chapters },
    [],
    100,
  );

describe("the cuts that a request wants", () => {
  test("are one for each chapter that the media has, when it is to be split", () => {
    expect(cutsOf({ chapters: "split" })).toEqual([
      { kept: [{ startSeconds: 0, endSeconds: 40 }], chapter: { number: 1, title: "One" }, durationSeconds: 100 },
      { kept: [{ startSeconds: 40, endSeconds: 100 }], chapter: { number: 2, title: "Two" }, durationSeconds: 100 },
    ]);
  });

  test("are one otherwise: the clip, or everything", () => {
    const clip = { startSeconds: 7, endSeconds: 12 };
    expect(cutsOf({ clip })).toEqual([{ kept: [clip], chapter: null, durationSeconds: 100 }]);
    expect(cutsOf({})).toEqual([{ kept: null, chapter: null, durationSeconds: 100 }]);
  });
});
