import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { belowFloor, coverageFloors, readCoverage } from "./coverage.ts";

const record = (file: string, counts: readonly number[]): string =>
  [`TN:`, `SF:${file}`, ...counts.map((count, index) => `DA:${index + 1},${count}`), "end_of_record", ""].join("\n");

const report =
  record("core/src/jobs/job.ts", [1, 0, 0, 4, 0]) +
  record("core/src/jobs/job.test.ts", [0, 0]) +
  record("core/src/jobs/testing/fake.ts", [0]) +
  record("core/src/library/file.ts", [7]);

test("only the part's own sources count, and the lines that no test ran are named", () => {
  expect(readCoverage(report, "core/src/jobs/")).toEqual({
    lines: 5,
    covered: 2,
    gaps: [{ path: "core/src/jobs/job.ts", lines: [2, 3, 5] }],
  });
});

test("a part below its floor is told with its worst files, and one that no test touched is below any", () => {
  const said = belowFloor(report, { "core/src/jobs/": 50, "core/src/library/": 100, "core/src/gone/": 1 });
  expect(said).toEqual([
    "core/src/jobs/: its tests run 40.0 % of the lines, at least 50 % are wanted\n    core/src/jobs/job.ts: lines 2-3, 5",
    "core/src/gone/: its tests run 0.0 % of the lines, at least 1 % are wanted",
  ]);
});

test("every part that has a floor is there", () => {
  for (const path of Object.keys(coverageFloors)) expect(existsSync(join(import.meta.dir, "../..", path))).toBe(true);
});
