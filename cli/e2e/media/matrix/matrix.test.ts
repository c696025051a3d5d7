import { describe, expect, test } from "bun:test";
import { allCells, type Cell, cellsOnceWrong, fewCells, fewestCells, sources } from "./cells.ts";
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

test("the fewest cells hold every group of sources with every output, every cut, every place of captions, and what is broken", () => {
  const all = <Key extends keyof Cell["wish"]>(key: Key) => new Set(fewest.map(({ wish }) => wish[key]));
  const pairs = new Set(fewest.map(({ source, wish }) => `${source.group} × ${wish.output}`));
  expect(pairs.size).toBeGreaterThanOrEqual(4 * (outputs.length - 1));
  expect(all("output")).toEqual(new Set(outputs));
  expect(all("cut")).toEqual(new Set(cuts));
  expect(all("captions")).toEqual(new Set(captionPlaces));
  const broken = sources.filter(({ group }) => group === "broken");
  expect(fewest.map(({ source }) => source)).toEqual(expect.arrayContaining(broken));
});

test("whatever carries it and whatever is asked for, a result is right, or it is refused with its reason", async () => {
  const outcomes = await runMatrix([...fewest, ...cellsOnceWrong()]);
  const wrong = outcomes.filter(({ verdict }) => verdict.end === "wrong");
  expect(wrong.map(describeOutcome)).toEqual([]);
}, 600_000);
