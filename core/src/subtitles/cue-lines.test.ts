import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { systemClock } from "../adapters/system/index.ts";
import type { Cue } from "./cue.ts";
import { fromCueLines, toCueLines } from "./cue-lines.ts";

const seconds = fc.double({ min: 0, max: 1e6, noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const cues = fc.array(
  fc.record({ startSeconds: seconds, endSeconds: seconds, text: fc.string({ unit: "grapheme" }) }),
  { maxLength: 1_200, size: "max" },
);

describe("cues in a file between two steps", () => {
  test("come back as they were", async () => {
    await fc.assert(
      fc.asyncProperty(cues, async (written) => {
        expect(await fromCueLines([...toCueLines(written)].join(""), systemClock)).toEqual(written);
      }),
      { numRuns: 20 },
    );
  });

  test("let others run while a day of them is read", async () => {
    const day: Cue[] = Array.from({ length: 200_000 }, (_, index) => {
      return { startSeconds: index, endSeconds: index + 1, text: `line ${index}\nand another` };
    });
    const text = [...toCueLines(day)].join("");
    let turns = 0;
    const others = setInterval(() => {
      turns += 1;
    }, 0);
    const read = await fromCueLines(text, systemClock);
    clearInterval(others);
    expect(read).toEqual(day);
    expect(turns).toBeGreaterThan(1);
  });
});
