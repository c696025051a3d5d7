import { expect, test } from "bun:test";
import { createMemoryTelemetry } from "./telemetry.ts";

test("memory telemetry keeps the least and the greatest of what was observed", () => {
  const telemetry = createMemoryTelemetry();
  telemetry.observe("job_seconds", 5);
  telemetry.observe("job_seconds", 2);
  expect(telemetry.observed("job_seconds")).toEqual({ count: 2, sum: 7, min: 2, max: 5 });
});
