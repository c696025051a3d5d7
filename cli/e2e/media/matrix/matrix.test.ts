import { describe, expect, test } from "bun:test";
import { allCells, type Cell, fewCells, sources } from "./cells.ts";
import { describeOutcome, runMatrix } from "./run.ts";
import { captionPlaces, cuts, outputs } from "./wishes.ts";

const few = fewCells("1");

describe("the few cells", () => {
  const meets = (one: (cell: Cell) => string, other: (cell: Cell) => string) =>
    new Set(few.map((cell) => `${one(cell)} × ${other(cell)}`)).size;
  const media = outputs.length - 1;

  test("hold every pair of a group of sources, an output, a cut and a place of captions, and every source", () => {
    const group = ({ source }: Cell) => source.group;
    expect(meets(group, ({ wish }) => wish.cut)).toBeGreaterThanOrEqual(4 * cuts.length);
    expect(meets(group, ({ wish }) => wish.output)).toBeGreaterThanOrEqual(4 * media);
    expect(meets(group, ({ wish }) => wish.captions)).toBeGreaterThanOrEqual(4 * captionPlaces.length);
    const inMedia = few.filter(({ wish }) => wish.output !== "transcript");
    const pairs = new Set(inMedia.map(({ wish }) => `${wish.output} × ${wish.cut}`));
    expect(pairs.size).toBe(media * cuts.length);
    expect(new Set(few.map(({ source }) => source))).toEqual(new Set(sources));
  });

  test("are the same for a seed, and among all of another", () => {
    expect(fewCells("1")).toEqual(few);
    expect(allCells("1").length).toBeGreaterThan(sources.length * media * cuts.length);
  });
});

test("whatever carries it and whatever is asked for, a result is right, or it is refused with its reason", async () => {
  const outcomes = await runMatrix(few);
  const wrong = outcomes.filter(({ verdict }) => verdict.end === "wrong");
  expect(wrong.map(describeOutcome)).toEqual([]);
}, 600_000);
