import { expect, test } from "bun:test";
import { formatBytes } from "./bytes.ts";
import { formatLength, readLength } from "./time.ts";

test.each([
  [0, "0 bytes"],
  [999, "999 bytes"],
  [1_500, "2 kB"],
  [12_345_678, "12.3 MB"],
  [5e15, "5,000 TB"],
])("%d bytes are %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test.each([
  [0, "0:00"],
  [213, "3:33"],
  [3_723, "1:02:03"],
])("%d seconds are %s, and the other way round", (seconds, text) => {
  expect(formatLength(seconds)).toBe(text);
  expect(readLength(text)).toBe(seconds);
});

test.each(["", "a:b", "1:2:3:4", "-1"])("%j is no length", (text) => {
  expect(readLength(text)).toBeNull();
});
