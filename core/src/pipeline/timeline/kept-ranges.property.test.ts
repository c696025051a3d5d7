import { expect, test } from "bun:test";
import fc from "fast-check";
import { isAppError } from "../../errors/app-error.ts";
import { keptRanges } from "./kept-ranges.ts";
import type { TimeRange } from "./time-ranges.ts";

/** Tenths of seconds as whole numbers of an eighth, which floating point adds exactly. */
const eighths = (min: number, max: number) => fc.integer({ min: min * 8, max: max * 8 }).map((value) => value / 8);
const segment = fc
  .tuple(eighths(-5, 110), eighths(0, 30))
  .map(([startSeconds, length]) => ({ startSeconds, endSeconds: startSeconds + length, category: "sponsor" as const }));
const segments = fc.array(segment, { maxLength: 12 });
const clip = fc.record(
  { startSeconds: eighths(0, 100), endSeconds: eighths(0, 130), exact: fc.boolean() },
  { requiredKeys: ["startSeconds", "exact"] },
);
const input = fc.record(
  { clip, segments, durationSeconds: fc.option(eighths(1, 100)) },
  { requiredKeys: ["segments", "durationSeconds"] },
);
type Input = typeof input extends fc.Arbitrary<infer T> ? T : never;

/** What is kept, with what bounds it; null when the request is refused as one that leaves nothing. */
function keptOf(given: Input) {
  const start = given.clip?.startSeconds ?? 0;
  const end = Math.min(
    given.clip?.endSeconds ?? Number.POSITIVE_INFINITY,
    given.durationSeconds ?? Number.POSITIVE_INFINITY,
  );
  try {
    const ranges = keptRanges(given.clip ?? null, given.segments, given.durationSeconds);
    return { start, end, ranges: ranges ?? [{ startSeconds: start, endSeconds: end }] };
  } catch (error) {
    if (isAppError(error) && error.code === "format_unavailable") return null;
    throw error;
  }
}

const lengthOf = (ranges: readonly TimeRange[]) =>
  ranges.reduce((sum, range) => sum + range.endSeconds - range.startSeconds, 0);

/** Length of what no segment covers between two times, eighth by eighth. */
function uncovered(given: Input, start: number, end: number): number {
  let sum = 0;
  for (let at = start; at < end; at += 1 / 8) {
    if (!given.segments.some((one) => one.startSeconds <= at && at < one.endSeconds)) sum += 1 / 8;
  }
  return sum;
}

test("what is kept is in order, without overlaps and inside the clip and the video", () => {
  fc.assert(
    fc.property(input, (given) => {
      const kept = keptOf(given);
      if (kept === null) return;
      let at = kept.start;
      for (const { startSeconds, endSeconds } of kept.ranges) {
        expect(startSeconds).toBeGreaterThanOrEqual(at);
        expect(endSeconds).toBeGreaterThan(startSeconds);
        at = endSeconds;
      }
      expect(at).toBeLessThanOrEqual(kept.end);
    }),
  );
});

test("no second of a marked segment is kept", () => {
  fc.assert(
    fc.property(input, (given) => {
      for (const range of keptOf(given)?.ranges ?? []) {
        for (const one of given.segments) {
          const overlap = Math.min(range.endSeconds, one.endSeconds) - Math.max(range.startSeconds, one.startSeconds);
          expect(overlap).toBeLessThanOrEqual(0);
        }
      }
    }),
  );
});

test("everything else is kept, save pieces of less than half a second", () => {
  fc.assert(
    fc.property(input, (given) => {
      const kept = keptOf(given);
      if (kept === null || kept.end === Number.POSITIVE_INFINITY) return;
      const left = uncovered(given, kept.start, kept.end);
      expect(lengthOf(kept.ranges)).toBeLessThanOrEqual(left);
      expect(lengthOf(kept.ranges)).toBeGreaterThan(left - 0.5 * (given.segments.length + 1));
    }),
  );
});

test("a request is refused only when less than half a second in one piece would be left", () => {
  fc.assert(
    fc.property(input, (given) => {
      if (keptOf(given) !== null) return;
      const start = given.clip?.startSeconds ?? 0;
      const end = Math.min(
        given.clip?.endSeconds ?? Number.POSITIVE_INFINITY,
        given.durationSeconds ?? Number.POSITIVE_INFINITY,
      );
      expect(end).not.toBe(Number.POSITIVE_INFINITY);
      expect(uncovered(given, start, end)).toBeLessThan(0.5 * (given.segments.length + 1));
    }),
  );
});

test("the order in which segments are told changes nothing", () => {
  fc.assert(
    fc.property(input, (given) => {
      expect(keptOf({ ...given, segments: given.segments.toReversed() })).toEqual(keptOf(given));
    }),
  );
});
