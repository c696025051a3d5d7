import { describe, expect, test } from "bun:test";
import {
  countRuns,
  drawEngine,
  type EngineChoice,
  type EngineVersion,
  firstChoice,
  rollBackEngine,
  useEngine,
  wantedEngines,
} from "./engine-choice.ts";

const ran = (choice: EngineChoice, version: EngineVersion, succeeded: number, failed: number) =>
  countRuns(choice, new Map([[version, { succeeded, failed }]]));
const tried = useEngine(firstChoice, "2026.11.20", 0.1);
const used = useEngine(firstChoice, "2026.11.20", 1);

describe("a version that is tried", () => {
  test("runs its share of the attempts, and what is in use the others", () => {
    expect([0, 0.09, 0.1, 0.99].map((drawn) => drawEngine(tried, drawn))).toEqual([
      "2026.11.20",
      "2026.11.20",
      null,
      null,
    ]);
    expect(wantedEngines(tried)).toEqual(["2026.11.20"]);
  });

  test("is used for all once enough of its runs went well", () => {
    const nearly = ran(tried, "2026.11.20", 19, 0);
    expect(nearly).toMatchObject({ current: null, trial: { version: "2026.11.20" } });
    const after = ran(nearly, "2026.11.20", 1, 0);
    expect(after).toMatchObject({ current: "2026.11.20", previous: null, trial: null, left: null });
    expect(drawEngine(after, 0.99)).toBe("2026.11.20");
  });

  test("is left when it fails more often than what is in use", () => {
    const after = ran(tried, "2026.11.20", 5, 5);
    expect(after).toMatchObject({
      ...{ current: null, trial: null },
      left: { version: "2026.11.20", reason: "5 of 10 runs failed, usual are 10 %" },
    });
  });

  test("is not left while everything fails alike: then the source is to blame", () => {
    const worn = ran(tried, null, 10, 40);
    expect(ran(worn, "2026.11.20", 4, 15).trial).not.toBeNull();
    expect(ran(worn, "2026.11.20", 4, 16)).toMatchObject({ current: "2026.11.20", watch: { usual: 0.8 } });
  });

  test("needs more than a few failures to be left", () => {
    expect(ran(tried, "2026.11.20", 0, 4).trial).not.toBeNull();
  });
});

describe("a version in use", () => {
  test("gives way to the one before when it begins to fail, and that one stays", () => {
    const later = ran(used, "2026.11.20", 50, 0);
    const failing = ran(later, "2026.11.20", 3, 6);
    expect(failing).toMatchObject({ current: null, watch: null, left: { version: "2026.11.20" } });
    expect(failing.previous).toBeUndefined();
    expect(ran(failing, null, 0, 100)).toBe(failing);
  });

  test("is judged by its latest runs: a thousand good ones do not hide that it fails now", () => {
    let choice = used;
    for (let round = 0; round < 20; round += 1) choice = ran(choice, "2026.11.20", 50, 0);
    expect(ran(choice, "2026.11.20", 1, 5).current).toBeNull();
  });
});

describe("who goes back", () => {
  test("ends a trial, or returns to the version before, once", () => {
    expect(rollBackEngine(tried)).toMatchObject({ current: null, trial: null });
    const back = rollBackEngine(used);
    expect(back).toMatchObject({ current: null });
    expect(back && rollBackEngine(back)).toBeNull();
    expect(rollBackEngine(firstChoice)).toBeNull();
  });
});

test("to use what is in use already ends a trial of another", () => {
  expect(useEngine(useEngine(used, "2026.12.01", 0.1), "2026.11.20", 0.1)).toMatchObject({
    current: "2026.11.20",
    trial: null,
  });
});

test("what was seen in the index is kept, whatever is chosen", () => {
  const seen = { ...firstChoice, newest: "2026.12.1" };
  const after = useEngine(seen, "2026.11.20", 1);
  expect([useEngine(seen, "2026.11.20", 0.1), after, rollBackEngine(after), ran(after, "2026.11.20", 0, 9)]).toEqual(
    Array.from({ length: 4 }, () => expect.objectContaining({ newest: "2026.12.1" })),
  );
});
