import { expect, test } from "bun:test";
import { createHeldClock, createRecordingLogger } from "@vidferry/testing";
import { composeTelemetry } from "./telemetry.ts";

test("an observer that fails is reported, once a minute, and everything else goes on", async () => {
  const logger = createRecordingLogger();
  const clock = createHeldClock();
  const broken = {
    begun: (): never => {
      throw new Error("a registry that throws");
    },
  };
  const telemetry = composeTelemetry({ logger, clock }, [broken]);
  const faults = () => logger.lines.filter(({ message }) => message === "an observer of telemetry failed").length;
  for (let run = 0; run < 100; run += 1)
    expect(await telemetry.during("task", { task: "due-jobs" }, async () => run)).toBe(run);
  expect(faults()).toBe(1);
  clock.advance(60_000);
  await telemetry.during("task", { task: "due-jobs" }, async () => undefined);
  expect(faults()).toBe(2);
});
