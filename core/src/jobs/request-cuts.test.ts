import { describe, expect, test } from "bun:test";
import { readRequest } from "./read-request.ts";
import { clipsOf, overlappingClips, segmentWishes } from "./request-cuts.ts";

const url = "https://youtu.be/jNQXAC9IVRw";
const clip = (startSeconds: number, endSeconds?: number) => ({
  startSeconds,
  ...(endSeconds === undefined ? {} : { endSeconds }),
});
const fieldsOf = (request: object) => {
  try {
    readRequest({ url, ...request });
    return [];
  } catch (error) {
    return (error as { fields: { path: string; message: string }[] }).fields;
  }
};

describe("the clips of a request", () => {
  test("are none, one, or a list in the request's order", () => {
    expect(clipsOf(readRequest({ url }))).toEqual([]);
    expect(clipsOf(readRequest({ url, clip: clip(1, 2) }))).toEqual([{ ...clip(1, 2), exact: false }]);
    expect(clipsOf(readRequest({ url, clip: [clip(8), clip(1, 2)] }))).toEqual([
      { ...clip(8), exact: false },
      { ...clip(1, 2), exact: false },
    ]);
  });

  test("may touch, but those that overlap are refused by name", () => {
    expect(fieldsOf({ clip: [clip(0, 5), clip(5, 9)] })).toEqual([]);
    expect(fieldsOf({ clip: [clip(5, 9), clip(0, 5.1)] })).toEqual([
      { path: "/clip/0", message: "overlaps clip 2: begin it where that ends, or ask for it in a request of its own" },
    ]);
    expect(overlappingClips([clip(0), clip(1, 2), clip(3, 4)])).toEqual([
      { index: 1, other: 0 },
      { index: 2, other: 0 },
    ]);
  });

  test("are named where they are wrong, alone and in a list", () => {
    expect(fieldsOf({ clip: clip(9, 3) })).toMatchObject([{ path: "/clip/endSeconds" }]);
    expect(fieldsOf({ clip: { startSeconds: "1" } })).toMatchObject([{ path: "/clip/startSeconds" }]);
    expect(fieldsOf({ clip: [clip(0, 1), clip(9, 3)] })).toMatchObject([{ path: "/clip/1/endSeconds" }]);
    expect(fieldsOf({ clip: [clip(0, 1), { ...clip(2, 3), exakt: true }] })).toMatchObject([{ path: "/clip/1/exakt" }]);
    expect(fieldsOf({ clip: [] })).toMatchObject([{ path: "/clip" }]);
    expect(fieldsOf({ clip: Array.from({ length: 51 }, (_, at) => clip(at, at + 1)) })).toMatchObject([
      { path: "/clip" },
    ]);
  });
});

describe("the segments of a request", () => {
  test("are removed by a plain list, and removed or marked by an object", () => {
    expect(segmentWishes(readRequest({ url }))).toEqual({ remove: [], mark: [] });
    expect(segmentWishes(readRequest({ url, sponsorBlock: ["intro"] }))).toEqual({ remove: ["intro"], mark: [] });
    expect(segmentWishes(readRequest({ url, sponsorBlock: { mark: ["intro"] } }))).toEqual({
      remove: [],
      mark: ["intro"],
    });
  });

  test("that are removed cannot be marked", () => {
    const sponsorBlock = { remove: ["sponsor"], mark: ["sponsor", "intro"] };
    expect(segmentWishes(readRequest({ url, sponsorBlock }))).toEqual({ remove: ["sponsor"], mark: ["intro"] });
  });

  test("of an unknown category are named", () => {
    expect(fieldsOf({ sponsorBlock: ["adverts"] })).toMatchObject([{ path: "/sponsorBlock/0" }]);
    expect(fieldsOf({ sponsorBlock: { mark: ["adverts"] } })).toMatchObject([{ path: "/sponsorBlock/mark/0" }]);
    expect(fieldsOf({ sponsorBlock: { marks: [] } })).toMatchObject([{ path: "/sponsorBlock/marks" }]);
  });
});
