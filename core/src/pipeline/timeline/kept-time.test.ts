import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { keptTime } from "./kept-time.ts";

interface Range {
  readonly startSeconds: number;
  readonly endSeconds: number;
}

/** Disjoint ranges in any order; whole seconds, so that sums are exact. */
const ranges = fc.array(fc.tuple(fc.nat(50), fc.nat(50)), { minLength: 1, maxLength: 12 }).chain((steps) => {
  let at = 0;
  const disjoint = steps.map(([gap, length]): Range => {
    const startSeconds = at + gap;
    at = startSeconds + length;
    return { startSeconds, endSeconds: at };
  });
  return fc.shuffledSubarray(disjoint, { minLength: disjoint.length });
});
const seconds = fc.integer({ min: -10, max: 1_300 });

/** Counted second by second. */
const secondsKeptBefore = (kept: readonly Range[], time: number): number =>
  kept.reduce((sum, range) => sum + Math.max(0, Math.min(time, range.endSeconds) - range.startSeconds), 0);

describe("a timestamp of the source, when only some ranges are kept", () => {
  test("becomes the number of seconds that are kept before it", () => {
    fc.assert(
      fc.property(ranges, seconds, (kept, time) => {
        expect(keptTime(kept)(time)).toBe(secondsKeptBefore(kept, time));
      }),
    );
  });

  test("never overtakes a later one, and two inside one range stay as far apart", () => {
    fc.assert(
      fc.property(ranges, seconds, fc.nat(60), (kept, time, later) => {
        const moved = keptTime(kept);
        const apart = moved(time + later) - moved(time);
        expect(apart).toBeGreaterThanOrEqual(0);
        expect(apart).toBeLessThanOrEqual(later);
        const inOne = kept.some((range) => range.startSeconds <= time && time + later <= range.endSeconds);
        if (inOne) expect(apart).toBe(later);
      }),
    );
  });

  test("lies between nothing and the sum of the ranges", () => {
    fc.assert(
      fc.property(ranges, (kept) => {
        const moved = keptTime(kept);
        const total = kept.reduce((sum, range) => sum + range.endSeconds - range.startSeconds, 0);
        expect([moved(-1), moved(0), moved(10_000)]).toEqual([0, 0, total]);
      }),
    );
  });

  test("is not counted twice where an empty range begins with another one", () => {
    const moved = keptTime([
      { startSeconds: 0, endSeconds: 1 },
      { startSeconds: 0, endSeconds: 0 },
    ]);
    expect([moved(0), moved(0.5), moved(5)]).toEqual([0, 0.5, 1]);
  });

  test("is the start when nothing is kept", () => {
    expect(keptTime([])(12)).toBe(0);
  });
});
