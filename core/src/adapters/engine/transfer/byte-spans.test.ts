import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { addSpan, countBytes, missingSpans, prefixOf, type Span } from "./byte-spans.ts";

const size = 60;
const spans = fc.array(
  fc
    .tuple(fc.nat(size), fc.nat(size))
    .map(([one, other]): Span => ({ start: Math.min(one, other), end: Math.max(one, other) })),
);
const bytesOf = (list: readonly Span[]) =>
  new Set(list.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, index) => start + index)));

describe("spans of bytes", () => {
  test("hold what was added, once, in order and with gaps between them", () => {
    fc.assert(
      fc.property(spans, (added) => {
        const all = added.reduce<Span[]>(addSpan, []);
        expect(bytesOf(all)).toEqual(bytesOf(added));
        expect(countBytes(all)).toBe(bytesOf(added).size);
        for (const [index, { start }] of all.entries()) {
          if (index > 0) expect(start).toBeGreaterThan(all[index - 1]?.end ?? 0);
        }
      }),
    );
  });

  test("and what is missing of them make up the file", () => {
    fc.assert(
      fc.property(spans, (added) => {
        const all = added.reduce<Span[]>(addSpan, []);
        const missing = missingSpans(all, size);
        expect(bytesOf([...all, ...missing]).size).toBe(countBytes(all) + countBytes(missing));
        expect(missing.reduce(addSpan, all)).toEqual([{ start: 0, end: size }]);
        expect(prefixOf(all)).toBe(missing[0]?.start ?? size);
      }),
    );
  });
});
