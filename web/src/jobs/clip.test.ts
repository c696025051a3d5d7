import { expect, test } from "bun:test";
import { changePart, secondAt } from "./clip.ts";

test.each([
  [{ start: 10 }, { start: 10, end: null, exact: false }],
  [{ end: 20 }, { start: 0, end: 20, exact: false }],
  [
    { start: 30, end: 10 },
    { start: 30, end: 31, exact: false },
  ],
  [{ start: 200 }, { start: 99, end: null, exact: false }],
  [{ start: -5, end: 100 }, null],
  [{}, null],
])("of a video of 100 seconds, %j is the part %j", (changes, part) => {
  expect(changePart(null, 100, changes)).toEqual(part);
});

test("a change keeps the rest of the part", () => {
  const part = { start: 10, end: 20, exact: true };
  expect(changePart(part, 100, { end: 30 })).toEqual({ start: 10, end: 30, exact: true });
});

test.each([
  [12, 0],
  [112, 50],
  [212, 100],
  [-40, 0],
  [900, 100],
])("a pointer at %d px is at %d of 100 seconds", (x, second) => {
  expect(secondAt(x, 224, 24, 100)).toBe(second);
});
