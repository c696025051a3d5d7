import { describe, expect, test } from "bun:test";
import { createParser } from "eventsource-parser";
import fc from "fast-check";
import { createFrameParser, type Frame } from "./parse-frames.ts";

/** What another parser makes of the same pieces. */
function byLibrary(pieces: readonly string[]): Frame[] {
  const frames: Frame[] = [];
  const parser = createParser({
    onEvent: ({ id, event, data }) => frames.push({ kind: "event", event: { id, event, data } }),
    onRetry: (ms) => frames.push({ kind: "retry", ms }),
    onComment: () => frames.push({ kind: "comment" }),
  });
  for (const piece of pieces) parser.feed(piece);
  return frames;
}

function byUs(pieces: readonly string[]): Frame[] {
  const parse = createFrameParser();
  return pieces.flatMap((piece) => parse(piece));
}

/** Without what only shows as a field that is there or undefined. */
const plain = (frames: readonly Frame[]): unknown => JSON.parse(JSON.stringify(frames));

describe("an event stream", () => {
  test("is read alike in whatever pieces it comes, as another parser reads it", () => {
    const line = fc.oneof(
      fc.constantFrom(
        "",
        "data: a",
        "data:b",
        "data",
        "data:  c",
        "id: 7",
        "id",
        "event: job",
        ": beat",
        ":",
        "retry: 250",
      ),
      fc.constantFrom("retry: soon", "other: x", 'data: {"a":"b: c"}', "event:progress", "data: é✓"),
    );
    const stream = fc.array(fc.tuple(line, fc.constantFrom("\n", "\r\n", "\r")), { maxLength: 30 });
    const cuts = fc.array(fc.nat(200), { maxLength: 8 });
    fc.assert(
      fc.property(stream, cuts, (lines, places) => {
        // A last line end that leaves nothing open: what may follow a CR differs between the two.
        const text = `${lines.map((parts) => parts.join("")).join("")}: end\n\n`;
        const at = [0, ...places.map((place) => place % text.length).toSorted((a, b) => a - b), text.length];
        const pieces = at.slice(1).map((end, index) => text.slice(at[index], end));
        expect(plain(byUs(pieces))).toEqual(plain(byLibrary([text])));
        expect(plain(byUs([text]))).toEqual(plain(byUs(pieces)));
      }),
    );
  });

  test("keeps the last id when one holds a NUL, and each event its own", () => {
    expect(plain(byUs(["id: 1\nid: a\0b\ndata: x\n\ndata: y\n\n"]))).toEqual([
      { kind: "event", event: { id: "1", data: "x" } },
      { kind: "event", event: { data: "y" } },
    ]);
  });

  test("ends at an event that is longer than any of the service", () => {
    const parse = createFrameParser();
    const piece = `data: ${"x".repeat(1 << 20)}\n`;
    expect(() => Array.from({ length: 9 }, () => parse(piece))).toThrow("too long");
  });
});
