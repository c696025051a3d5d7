import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { parse } from "yaml";

const read = (name: string): string => readFileSync(`${import.meta.dir}/${name}`, "utf8");

test("the samples of collectors are YAML, and none makes a label of what has many values", () => {
  const vector = parse(read("vector.yaml")) as { sinks: { loki: { labels: Record<string, string> } } };
  expect(Object.keys(vector.sinks.loki.labels)).toEqual(["app", "service", "level"]);
  const fluent = parse(read("fluent-bit.yaml")) as { parsers: { time_key: string }[] };
  expect(fluent.parsers[0]?.time_key).toBe("time");
  expect(read("alloy.config")).not.toMatch(/jobId|requestId/);
});
