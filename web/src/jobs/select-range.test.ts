import { expect, test } from "bun:test";
import { selectRange } from "./select-range.ts";

const ids = ["a", "b", "c", "d"];

test.each([
  [[], "b", null, ["b"]],
  [["b"], "b", null, []],
  [["a"], "c", "a", ["a", "b", "c"]],
  [["d"], "b", "d", ["b", "c", "d"]],
  [["a", "b", "c"], "c", "a", []],
  // The one before is not in the list any more.
  [["x"], "c", "x", ["c", "x"]],
])("of %j, selecting %s after %p selects %j", (chosen, id, before, selected) => {
  expect([...selectRange(ids, new Set(chosen), id, before)].toSorted()).toEqual(selected);
});
