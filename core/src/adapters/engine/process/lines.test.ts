import { expect, test } from "bun:test";
import { createLineSplitter, maxLineLength } from "./lines.ts";

const split = (...chunks: (string | Uint8Array)[]) => {
  const lines: string[] = [];
  const splitter = createLineSplitter((line) => lines.push(line));
  for (const chunk of chunks) splitter.write(typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk);
  splitter.end();
  return lines;
};

test("lines are put together across chunks", () => {
  expect(split("on", "e\ntw", "o\r\nthree\rfo", "ur")).toEqual(["one", "two", "three", "four"]);
});

test("a character cut in two by a chunk stays whole", () => {
  const bytes = new TextEncoder().encode("a😀b\n");
  expect(split(bytes.slice(0, 3), bytes.slice(3))).toEqual(["a😀b"]);
});

test("the rest of a line that is too long is dropped, and the next one is read", () => {
  const long = "x".repeat(maxLineLength + 10);
  expect(split(long.slice(0, 1000), long.slice(1000), "yyy\nnext\n").map((line) => line.length)).toEqual([
    maxLineLength,
    4,
  ]);
  expect(split(`${long}\nnext\n`).map((line) => line.length)).toEqual([maxLineLength, 4]);
});
