import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { withMetrics } from "./document.ts";

const path = `${import.meta.dir}/../../../../docs/observability.md`;

test("docs/observability.md has every metric as the code has it", () => {
  const page = readFileSync(path, "utf8");
  expect(page).toBe(withMetrics(page));
});

test("a page without a place for the metrics is not written", () => {
  expect(() => withMetrics("# Another page\n")).toThrow("the page has no lines");
});
