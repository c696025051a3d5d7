import { expect, test } from "bun:test";
import { fewCells, runMatrix } from "./matrix.ts";
import { deadPlaces, places } from "./places.ts";
import { schemes } from "./schemes.ts";
import { describeOutcome, isRight } from "./verdict.ts";

// Each place and each scheme at least once; bin/egress-matrix tries them all with one another, and each place with an allowed URL.
test("whatever a site names, wherever it stands, nothing is reached past the egress guard", async () => {
  const outcomes = await runMatrix(fewCells([...places, ...deadPlaces], schemes), { warm: true });
  expect(outcomes.filter((outcome) => !isRight(outcome)).map(describeOutcome)).toEqual([]);
}, 240_000);

test("nor by a yt-dlp that is started anew for each run", async () => {
  const hostile = schemes.filter(({ name }) => ["ftp", "http"].includes(name));
  const outcomes = await runMatrix(fewCells(places.slice(0, 1), hostile), { warm: false });
  expect(outcomes.filter((outcome) => !isRight(outcome)).map(describeOutcome)).toEqual([]);
}, 120_000);
