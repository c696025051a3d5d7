import { describe, expect, test } from "bun:test";
import { eventually } from "@vidferry/testing";
import { createSilentLogger, systemClock } from "../adapters/system/index.ts";
import { AppError } from "../errors/app-error.ts";
import { startMaintenance } from "./start-maintenance.ts";

const deps = { clock: systemClock, logger: createSilentLogger() };

describe("maintenance", () => {
  test("a task that fails and one that hangs delay no other, and health names them", async () => {
    let runs = 0;
    const { promise: hangs, resolve: release } = Promise.withResolvers<void>();
    const maintenance = startMaintenance(deps, [
      { name: "failing", everyMs: 1, run: () => Promise.reject(new AppError("storage_error", "Not permitted.")) },
      {
        name: "throwing",
        everyMs: 1,
        run: () => {
          throw new Error("a secret of the inside");
        },
      },
      { name: "hanging", everyMs: 1, run: () => hangs },
      {
        name: "working",
        everyMs: 1,
        run: async () => {
          runs += 1;
        },
      },
    ]);
    await eventually(() => runs >= 5);
    const checks = new Map(maintenance.checks().map((check) => [check.name, check]));
    expect(checks.get("maintenance: failing")).toMatchObject({
      status: "warning",
      detail: "failed: Not permitted. (has not succeeded yet)",
    });
    expect(checks.get("maintenance: throwing")?.status).toBe("warning");
    expect(JSON.stringify([...checks.values()])).not.toContain("secret");
    expect(checks.get("maintenance: working")).toMatchObject({
      status: "ok",
      detail: expect.stringMatching(/^last succeeded 20/),
    });
    release();
    await maintenance.stop();
  });

  test("a task that works again is well again, and remembers nothing", async () => {
    let broken = true;
    const run = async () => {
      if (broken) throw new AppError("unavailable");
    };
    const maintenance = startMaintenance(deps, [{ name: "shaky", everyMs: 1, longestPauseMs: 1, run }]);
    const status = () => maintenance.checks()[0]?.status;
    await eventually(() => status() === "warning");
    broken = false;
    await eventually(() => status() === "ok");
    await maintenance.stop();
  });

  test("begins nothing after it was stopped, and waits for what runs", async () => {
    let ended = false;
    const { promise: started, resolve: start } = Promise.withResolvers<void>();
    const maintenance = startMaintenance(deps, [
      {
        name: "slow",
        everyMs: 1,
        run: async (signal) => {
          start();
          await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
          ended = true;
        },
      },
    ]);
    await started;
    await maintenance.stop();
    expect(ended).toBe(true);
  });
});
