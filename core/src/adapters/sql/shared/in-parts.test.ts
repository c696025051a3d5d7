import { expect, test } from "bun:test";
import { inParts } from "./in-parts.ts";

test("rows are split into parts of a thousand, none of them empty, in their order", () => {
  const rows = Array.from({ length: 2_001 }, (_, index) => index);
  expect(inParts(rows).map(({ length }) => length)).toEqual([1_000, 1_000, 1]);
  expect(inParts(rows).flat()).toEqual(rows);
  expect(inParts(rows.slice(0, 1_000))).toHaveLength(1);
  expect(inParts([])).toEqual([]);
});
