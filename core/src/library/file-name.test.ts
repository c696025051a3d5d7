import { expect, test } from "bun:test";
import fc from "fast-check";
import { cutToBytes, maxFileNameBytes, safeFileName } from "./file-name.ts";

const bytes = (text: string) => new TextEncoder().encode(text).length;

test.each([
  ["Ein schöner Tag – 東京 🗼", "mp4", "Ein schöner Tag – 東京 🗼.mp4"],
  ['AC/DC: "Live?" <1991> a|b*c\\d', "mp3", "AC_DC_ _Live__ _1991_ a_b_c_d.mp3"],
  ["../../etc/passwd", "mp4", "_.._etc_passwd.mp4"],
  ["..", "mp4", "untitled.mp4"],
  ["", "mp4", "untitled.mp4"],
  ["   . . ", "", "untitled"],
  ["\u202Egpj.exe\u202C", "mp4", "gpj.exe.mp4"],
  ["one\r\ntwo\u0000three\u2028four", "srt", "one two three four.srt"],
  ["con", "mp4", "_con.mp4"],
  ["NUL .tar", "mp4", "_NUL .tar.mp4"],
  [" .NUL.x", "mp4", "_NUL.x.mp4"],
  ["COM1", "mp4", "_COM1.mp4"],
  ["console", "mp4", "console.mp4"],
  ["lone \uD83D surrogate", "mp4", "lone \uFFFD surrogate.mp4"],
  ["title", "en.srt", "title.en.srt"],
  ["title", "../mp4", "title.mp4"],
  ["ends with dots...", "mp4", "ends with dots.mp4"],
])("the title %j with %j becomes %j", (title, extension, expected) => {
  expect(safeFileName(title, extension)).toBe(expected);
});

test("a long title is cut by bytes and never inside a grapheme", () => {
  const family = "👩‍👩‍👧‍👦";
  const name = safeFileName(family.repeat(400), "mp4");
  expect(bytes(name)).toBeLessThanOrEqual(maxFileNameBytes);
  expect(name.slice(0, -4)).toBe(family.repeat(Math.floor((maxFileNameBytes - 4) / bytes(family))));
  expect(bytes(safeFileName("ä".repeat(400), "webm"))).toBeGreaterThan(170);
});

test("a single grapheme longer than the limit is cut between code points", () => {
  const piled = `Z${"\u0301".repeat(500)}`;
  const name = safeFileName(piled, "mp4");
  expect(bytes(name)).toBeLessThanOrEqual(maxFileNameBytes);
  expect(name.isWellFormed()).toBe(true);
  expect(cutToBytes("🗼🗼", 5)).toBe("🗼");
});

test("whatever the title, the name is one safe path segment", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), (title) => {
      const name = safeFileName(title, "mp4");
      expect(bytes(name)).toBeLessThanOrEqual(maxFileNameBytes);
      expect(name).toMatch(/^[^./\\\s][^/\\\p{Cc}]*\.mp4$/u);
      expect(name.isWellFormed()).toBe(true);
      expect(safeFileName(name.slice(0, -4), "mp4")).toBe(name);
    }),
    { numRuns: 500 },
  );
});

test.each(["-rf", "--help", "-", ". -x", "...-x"])(
  "the title %j gives no name that a program takes for an option",
  (title) => {
    expect(safeFileName(title, "mp4")).toMatch(/^[^-.]/);
  },
);
