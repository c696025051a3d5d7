import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { type Metric, metricTable } from "../../core/src/adapters/prometheus/index.ts";
import { dashboardFile, dashboardText } from "./dashboard.ts";
import { rows } from "./panels.ts";

test("the dashboard in the repository is the one that the code makes", () => {
  expect(readFileSync(dashboardFile, "utf8")).toBe(dashboardText());
});

test("the dashboard shows every metric of the service, and none that there is not", () => {
  const text = JSON.stringify(rows);
  const shown = new Set(
    [...text.matchAll(/\bvidferry_\w+/g)].map(([name]) => name.replace(/_(bucket|sum|count)$/, "")),
  );
  // Two that are seen only by what divides them.
  const known = Object.entries<Metric>(metricTable).map(([name]) => name);
  expect([...shown].filter((name) => !known.includes(name))).toEqual([]);
  expect(known.filter((name) => !shown.has(name))).toEqual(["vidferry_maintenance_runs_total"]);
});

test("what every API process reports of the whole service is never added up", () => {
  for (const { panels } of rows)
    for (const { queries } of panels)
      for (const { expr } of queries)
        expect(expr).not.toMatch(
          /sum[^(]*\((vidferry_jobs|vidferry_queue_depth|vidferry_queue_oldest|vidferry_stored)\b/,
        );
});
