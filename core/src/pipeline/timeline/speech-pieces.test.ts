import { describe, expect, test } from "bun:test";
import { speechPieces } from "./speech-pieces.ts";

const range = (startSeconds: number, endSeconds: number) => ({ startSeconds, endSeconds });
const pieces = (kept: ReturnType<typeof range>[], duration: number) =>
  speechPieces(kept, duration, { piece: 100, overlap: 10 });

describe("the pieces in which speech is transcribed", () => {
  test("overlap, cover everything, and leave no rest that is hardly longer than the overlap", () => {
    expect(pieces([range(0, 50)], 50)).toEqual([range(0, 50)]);
    expect(pieces([range(0, 115)], 115)).toEqual([range(0, 115)]);
    expect(pieces([range(0, 250)], 250)).toEqual([range(0, 100), range(90, 190), range(180, 250)]);
  });

  test("are of what is kept alone, once where several results keep it, and not beyond the end", () => {
    expect(pieces([range(200, 210), range(20, 40), range(30, 60), range(60.5, 70), range(300, 999)], 305)).toEqual([
      range(20, 70),
      range(200, 210),
      range(300, 305),
    ]);
  });
});
