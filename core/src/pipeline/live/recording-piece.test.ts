import { describe, expect, test } from "bun:test";
import {
  decodeHead,
  encodeHead,
  headBytes,
  joinPieces,
  type PieceHead,
  pieceBeyond,
  reachesBeyond,
  sharedJournals,
} from "./recording-piece.ts";

const piece = (from: number, lines: string, name = "both"): PieceHead => ({
  v: 1,
  streams: { [name]: { from, lines } },
  spans: [],
});

describe("a piece of a recording", () => {
  test("is read as it was written, whatever follows it", () => {
    const head: PieceHead = {
      ...piece(12, "ünë\n"),
      spans: [{ file: "both.0", from: 5, bytes: 7 }],
      ended: "The worker was shut down.",
    };
    const stored = new Uint8Array([...encodeHead(head), 1, 2, 3]);
    expect(headBytes(stored)).toBe(stored.length - 3);
    expect(decodeHead(stored.subarray(0, -3))).toEqual(head);
    expect(() => decodeHead(encodeHead({ ...head, v: 2 } as unknown as PieceHead))).toThrow();
  });

  test("has the new lines of each stream, and is none without any", () => {
    const [journals, known] = [
      { picture: "a\nb\n", sound: "c\n" },
      { picture: "a\n", sound: "c\n" },
    ];
    expect(pieceBeyond(journals, known, [], null)).toEqual(piece(2, "b\n", "picture"));
    expect(pieceBeyond(known, known, [], null)).toBeNull();
    expect(pieceBeyond(known, known, [], "why")).toEqual({ v: 1, streams: {}, spans: [], ended: "why" });
  });
});

describe("the pieces of a recording", () => {
  test("make the journals from which they were taken, also where one was stored twice", () => {
    expect(joinPieces([piece(0, "a\n"), piece(2, "b\n"), piece(2, "b\nc\n"), piece(0, "s\n", "sound")])).toEqual({
      both: "a\nb\nc\n",
      sound: "s\n",
    });
  });

  test("of a later attempt replace what an earlier one had beyond", () => {
    expect(joinPieces([piece(0, "a\nb\n"), piece(4, "zombie\n"), piece(4, "c\n"), piece(6, "d\n")])).toEqual({
      both: "a\nb\nc\nd\n",
    });
  });

  test("after one that is missing add nothing", () => {
    expect(joinPieces([piece(0, "a\n"), piece(9, "d\n")])).toEqual({ both: "a\n" });
  });

  test("are needed where they reach beyond what is there", () => {
    expect([reachesBeyond(piece(0, "a\n"), { both: "a\n" }), reachesBeyond(piece(0, "a\n"), {})]).toEqual([
      false,
      true,
    ]);
  });

  test("share with another recording the whole lines with which both begin", () => {
    const shared = (one: string, other: string) => sharedJournals({ both: one }, { both: other })["both"];
    expect(shared("a\nbc\n", "a\nbd\n")).toBe("a\n");
    expect(shared("a\n", "a\nb\n")).toBe("a\n");
    expect(shared("a\nb\n", "")).toBe("");
    expect(shared("x\n", "y\n")).toBe("");
  });
});
