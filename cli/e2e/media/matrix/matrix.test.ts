import { describe, expect, test } from "bun:test";
import { fewUnlessWhole } from "@vidferry/testing";
import { allCells, type Cell, cellsOnceWrong, fewCells, fewestCells, isAmongLeast, sources } from "./cells.ts";
import { describeOutcome, runMatrix } from "./run.ts";
import { captionPlaces, cuts, outputs, shapeOf, shapes } from "./wishes.ts";

const few = fewCells("1");

describe("the few cells", () => {
  const meets = (one: (cell: Cell) => string, other: (cell: Cell) => string) =>
    new Set(few.map((cell) => `${one(cell)} × ${other(cell)}`)).size;
  const media = outputs.length - 1;

  test("hold every pair of a group of sources, an output, a shape of a cut and a place of captions, every cut, and every source", () => {
    const [group, output] = [({ source }: Cell) => source.group, ({ wish }: Cell) => wish.output];
    const [shape, captions] = [({ wish }: Cell) => shapeOf(wish.cut).shape, ({ wish }: Cell) => wish.captions];
    expect(meets(group, output)).toBeGreaterThanOrEqual(4 * media);
    expect(meets(group, shape)).toBeGreaterThanOrEqual(4 * shapes.length);
    expect(meets(group, captions)).toBeGreaterThanOrEqual(4 * captionPlaces.length);
    expect(meets(output, shape)).toBeGreaterThanOrEqual(media * shapes.length);
    expect(meets(output, captions)).toBeGreaterThanOrEqual(media * captionPlaces.length);
    expect(meets(output, ({ wish }) => `${shapeOf(wish.cut).isExact}`)).toBeGreaterThanOrEqual(2 * media);
    expect(new Set(few.map(({ wish }) => wish.cut))).toEqual(new Set(cuts));
    expect(new Set(few.map(({ source }) => source))).toEqual(new Set(sources));
  });

  test("are the same for a seed, and among all of another", () => {
    expect(fewCells("1")).toEqual(few);
    expect(allCells("1").length).toBeGreaterThan(sources.length * media * cuts.length);
  });
});

const fewest = fewestCells();
const tried = [...fewest, ...cellsOnceWrong()];
const least = tried.filter(isAmongLeast);

test("the fewest cells hold every group of sources with every output", () => {
  const pairs = new Set(fewest.map(({ source, wish }) => `${source.group} × ${wish.output}`));
  expect(pairs.size).toBeGreaterThanOrEqual(4 * (outputs.length - 1));
});

test.each([
  ["fewest", fewest],
  ["least", least],
])(
  "the %s cells hold every group of sources, every output, every cut, every place of captions, and something broken",
  (_, cells) => {
    const all = <Key extends keyof Cell["wish"]>(key: Key) => new Set(cells.map(({ wish }) => wish[key]));
    expect(new Set(cells.map(({ source }) => source.group))).toEqual(new Set(sources.map(({ group }) => group)));
    expect(all("output")).toEqual(new Set(outputs));
    expect(all("cut")).toEqual(new Set(cuts));
    expect(all("captions")).toEqual(new Set(captionPlaces));
  },
);

test("whatever carries it and whatever is asked for, a result is right, or it is refused with its reason", async () => {
  const outcomes = await runMatrix(fewUnlessWhole(tried, isAmongLeast));
  const wrong = outcomes.filter(({ verdict }) => verdict.end === "wrong");
  expect(wrong.map(describeOutcome)).toEqual([]);
}, 600_000);
