import { expect, test } from "bun:test";
import { transcriptPage } from "./transcript-pages.ts";

const segments = [
  { startSeconds: 0, text: "one" },
  { startSeconds: 65.9, text: "two\nlines" },
  { startSeconds: 3_725, text: "three" },
];

test("a transcript has a time before each segment, and is cut into pages that go on where the last one ended", () => {
  expect(transcriptPage(segments, 0)).toEqual({
    text: "[0:00] one\n[1:05] two lines\n[1:02:05] three",
    nextCursor: null,
  });
  expect(transcriptPage(segments, 0, 25)).toEqual({ text: "[0:00] one", nextCursor: 1 });
  expect(transcriptPage(segments, 1, 25)).toEqual({ text: "[1:05] two lines", nextCursor: 2 });
  expect(transcriptPage(segments, 2, 1)).toEqual({ text: "[1:02:05] three", nextCursor: null });
  expect(transcriptPage(segments, 3)).toEqual({ text: "", nextCursor: null });
});
