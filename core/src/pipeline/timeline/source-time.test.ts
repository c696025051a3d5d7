import { expect, test } from "bun:test";
import { keptTime } from "./kept-time.ts";
import { sourceTime } from "./source-time.ts";

test("a time of the result is found in the source, as the source's is found in the result", () => {
  const kept = [
    { startSeconds: 5, endSeconds: 10 },
    { startSeconds: 20, endSeconds: 30 },
  ];
  expect([0, 4.5, 5, 14, 99].map(sourceTime(kept))).toEqual([5, 9.5, 20, 29, 30]);
  for (const seconds of [5, 9.5, 20, 29]) expect(sourceTime(kept)(keptTime(kept)(seconds))).toBe(seconds);
  expect(sourceTime(null)(7)).toBe(7);
});
