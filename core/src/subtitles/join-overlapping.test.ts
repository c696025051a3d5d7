import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Cue, Word } from "./cue.ts";
import { type HeardPart, joinOverlapping } from "./join-overlapping.ts";

const said = (startSeconds: number, endSeconds: number, text: string): Cue => ({ startSeconds, endSeconds, text });

/** A word a second, each of three quarters of it. */
const speech: readonly Word[] = Array.from({ length: 60 }, (_, second) => {
  return { startSeconds: second + 0.1, endSeconds: second + 0.85, text: `word${second}` };
});
const whole = { seconds: 60, piece: 20, overlap: 6 };

/** What a recogniser makes of a part: cues of some words each; a word that is cut off at an end is heard as another one. */
function heardIn(
  startSeconds: number,
  endSeconds: number,
  { length, late }: { length: number; late: number },
): HeardPart {
  const words = speech.flatMap((word): Word[] => {
    if (word.endSeconds <= startSeconds || word.startSeconds >= endSeconds) return [];
    const isCut = word.startSeconds < startSeconds || word.endSeconds > endSeconds;
    const moved = { startSeconds: word.startSeconds + late, endSeconds: Math.min(endSeconds, word.endSeconds + late) };
    return [{ ...moved, text: isCut ? "mumble" : word.text }];
  });
  const cues: Cue[] = [];
  for (let at = 0; at < words.length; at += length) {
    const some = words.slice(at, at + length);
    cues.push({
      startSeconds: some[0]?.startSeconds ?? 0,
      endSeconds: some.at(-1)?.endSeconds ?? 0,
      text: some.map(({ text }) => text).join(" "),
      words: some,
    });
  }
  return { startSeconds, endSeconds, cues };
}

describe("what was heard in parts that overlap", () => {
  test("has each word once and in its order, however a recogniser divides it and wherever the parts begin", () => {
    const part = fc.record({
      length: fc.integer({ min: 1, max: 12 }),
      late: fc.double({ min: -0.1, max: 0.1, noNaN: true }),
    });
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.array(part, { minLength: 5, maxLength: 5 }),
        (shift, ways) => {
          const parts = ways.map((way, index) => {
            const start = index === 0 ? 0 : index * (whole.piece - whole.overlap) + shift;
            const end =
              index === ways.length - 1 ? whole.seconds : index * (whole.piece - whole.overlap) + shift + whole.piece;
            return heardIn(start, end, way);
          });
          const joined = joinOverlapping(parts);
          expect(joined.flatMap(({ words }) => words?.map(({ text }) => text) ?? [])).toEqual(
            speech.map(({ text }) => text),
          );
          expect(joined.flatMap(({ text }) => text.split(" "))).toEqual(speech.map(({ text }) => text));
        },
      ),
      { numRuns: 200 },
    );
  });

  test("without times of words takes a line from the part that has it whole, and repeats no words", () => {
    const parts = [
      { startSeconds: 0, endSeconds: 20, cues: [said(0, 9, "one"), said(12, 17.5, "two three"), said(18, 20, "fo")] },
      {
        startSeconds: 14,
        endSeconds: 34,
        cues: [said(14, 17.4, "three"), said(18, 21, "four"), said(27, 34, "five six")],
      },
      { startSeconds: 28, endSeconds: 40, cues: [said(28.9, 36, "Five six, seven"), said(37, 39, "eight")] },
    ];
    expect(joinOverlapping(parts)).toEqual([
      said(0, 9, "one"),
      said(12, 17.5, "two three"),
      said(18, 21, "four"),
      said(27, 34, "five six"),
      said(34, 36, "seven"),
      said(37, 39, "eight"),
    ]);
  });

  test("stays as it is where they do not overlap", () => {
    const cues = [said(1, 2, "one"), said(60, 61, "two")];
    const parts = cues.map((cue) => ({ startSeconds: cue.startSeconds - 1, endSeconds: cue.endSeconds, cues: [cue] }));
    expect(joinOverlapping(parts)).toEqual(cues);
    expect(joinOverlapping([])).toEqual([]);
  });
});
