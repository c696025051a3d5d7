import { expect, test } from "bun:test";
import { assertBlobKey, assertBlobPrefix, isBlobKey } from "./blob-key.ts";
import { spanOf } from "./byte-range.ts";

test.each(["a", "jobs/job_1/1/art_1.mp4", "a/b-c/d..e", "-/_"])("%j is a key", (key) => {
  expect(isBlobKey(key)).toBe(true);
});

test.each([
  "",
  "/",
  "/a",
  "a/",
  "a//b",
  ".",
  "..",
  "../a",
  "a/../b",
  "a/./b",
  ".tmp/a",
  "a\\b",
  "a b",
  "ä",
  "a\u0000",
  "a\n",
  "a%2fb",
  "x".repeat(201),
  `${"x/".repeat(300)}x`,
])("%j is no key", (key) => {
  expect(isBlobKey(key)).toBe(false);
  expect(() => assertBlobKey(key)).toThrow(expect.objectContaining({ code: "invalid_request" }));
});

test("a prefix is empty or ends in a slash", () => {
  for (const good of ["", "jobs/", "jobs/job_1/"]) expect(() => assertBlobPrefix(good)).not.toThrow();
  for (const bad of ["jobs", "/", "../", "jobs//"]) expect(() => assertBlobPrefix(bad)).toThrow();
});

test("a span is cut to the size, and a range outside is refused", () => {
  expect(spanOf(undefined, 10)).toEqual({ start: 0, end: 10 });
  expect(spanOf(undefined, 0)).toEqual({ start: 0, end: 0 });
  expect(spanOf({ start: 3 }, 10)).toEqual({ start: 3, end: 10 });
  expect(spanOf({ start: 3, end: 99 }, 10)).toEqual({ start: 3, end: 10 });
  expect(spanOf({ start: 9, end: 9 }, 10)).toEqual({ start: 9, end: 10 });
  for (const [range, size] of [
    [{ start: 10 }, 10],
    [{ start: 0 }, 0],
    [{ start: -1 }, 10],
    [{ start: 5, end: 4 }, 10],
    [{ start: 0.5 }, 10],
    [{ start: Number.NaN }, 10],
  ] as const) {
    expect(() => spanOf(range, size)).toThrow(expect.objectContaining({ code: "range_not_satisfiable" }));
  }
});
