import { expect, test } from "bun:test";
import { formatBytes, readBytes } from "./bytes.ts";
import { formatLength, formatSpan, readLength } from "./time.ts";

test.each([
  [0, "0 bytes"],
  [999, "999 bytes"],
  [1_500, "2 kB"],
  [999_499, "999 kB"],
  [999_999, "1 MB"],
  [12_345_678, "12.3 MB"],
  [999_949_999, "999.9 MB"],
  [999_960_000, "1 GB"],
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

test.each([
  ["50 GB", 50e9],
  ["1,5 tb", 1.5e12],
  ["1.5M", 1.5e6],
  ["1000", 1_000],
  ["many", null],
  ["", null],
  ["5 XB", null],
  ["1,500,000", null],
  ["1.5.2 GB", null],
])("%j is %p bytes", (text, bytes) => {
  expect(readBytes(text)).toBe(bytes);
});

test.each([
  [604_800, "7 days"],
  [129_600, "36 hours"],
  [90, "90 seconds"],
  [86_400, "1 day"],
])("%d seconds are a span of %s", (seconds, text) => {
  expect(formatSpan(seconds)).toBe(text);
});
