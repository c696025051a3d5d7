import { expect, test } from "bun:test";
import { isId } from "../../job/ids.ts";
import { systemClock } from "./clock.ts";
import { createIdGenerator } from "./id-generator.ts";
import { createMemoryTelemetry, noTelemetry } from "./telemetry.ts";

test("ids have the form of their kind and rise strictly", () => {
  const ids = createIdGenerator();
  const made = Array.from({ length: 5000 }, () => ids.next("job"));
  expect(made.every((id) => isId("job", id))).toBe(true);
  expect(made).toEqual([...new Set(made)].sort());
});

test("a sleep ends at once with the signal's reason, also when it was aborted before", async () => {
  const abort = new AbortController();
  const sleeping = systemClock.sleep(3_600_000, abort.signal);
  const reason = new Error("enough");
  abort.abort(reason);
  expect(await sleeping.catch((error: unknown) => error)).toBe(reason);
  expect(await systemClock.sleep(3_600_000, abort.signal).catch((error: unknown) => error)).toBe(reason);
});

test("a sleep beyond what a timer can hold does not end at once", async () => {
  const abort = new AbortController();
  let ended = false;
  const sleeping = systemClock.sleep(2 ** 40, abort.signal).then(
    () => {
      ended = true;
    },
    () => undefined,
  );
  await systemClock.sleep(20);
  expect(ended).toBe(false);
  abort.abort();
  await sleeping;
});

test("a finished sleep leaves no listener on a long-lived signal", async () => {
  const abort = new AbortController();
  let listeners = 0;
  const { addEventListener, removeEventListener } = abort.signal;
  abort.signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
    listeners += 1;
    addEventListener.apply(abort.signal, args);
  };
  abort.signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
    listeners -= 1;
    removeEventListener.apply(abort.signal, args);
  };
  await systemClock.sleep(0, abort.signal);
  expect(listeners).toBe(0);
});

test("memory telemetry adds, summarises and remembers by name and labels", () => {
  const telemetry = createMemoryTelemetry();
  telemetry.count("jobs_total", { state: "failed", lane: "low" });
  telemetry.count("jobs_total", { lane: "low", state: "failed" }, 2);
  telemetry.observe("job_seconds", 2);
  telemetry.observe("job_seconds", 5);
  telemetry.gauge("running", 4);
  expect(telemetry.counted("jobs_total", { state: "failed", lane: "low" })).toBe(3);
  expect(telemetry.counted("jobs_total")).toBe(0);
  expect(telemetry.observed("job_seconds")).toEqual({ count: 2, sum: 7, min: 2, max: 5 });
  expect(telemetry.gauged("running")).toBe(4);
  expect(() => noTelemetry.count("jobs_total")).not.toThrow();
});
