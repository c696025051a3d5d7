import { describe, expect, spyOn, test } from "bun:test";
import { createHeldClock, createRecordingLogger, eventually } from "@vidferry/testing";
import { memoryStore } from "../adapters/memory/index.ts";
import { createIdGenerator, createMemoryTelemetry, createSilentLogger, systemClock } from "../adapters/system/index.ts";
import type { Database } from "../database/database.ts";
import { AppError } from "../errors/app-error.ts";
import { startMaintenance } from "./start-maintenance.ts";
import type { MaintenanceTask } from "./task.ts";

const clock = systemClock;
const telemetry = createMemoryTelemetry();
const deps = {
  clock,
  logger: createSilentLogger(),
  ids: createIdGenerator(),
  database: memoryStore({ clock }),
  telemetry,
};

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

  test("stops although a task hangs, and says which", async () => {
    const held = createHeldClock();
    const logger = createRecordingLogger();
    const { promise: started, resolve: start } = Promise.withResolvers<void>();
    const { promise: hangs, resolve: release } = Promise.withResolvers<void>();
    const maintenance = startMaintenance({ ...deps, clock: held, logger }, [
      {
        name: "hanging",
        everyMs: 1,
        run: () => {
          start();
          return hangs;
        },
      },
    ]);
    await started;
    const stopped = maintenance.stop();
    held.advance(10_000);
    await stopped;
    expect(logger.lines).toContainEqual(
      expect.objectContaining({ level: "warn", fields: expect.objectContaining({ tasks: ["hanging"] }) }),
    );
    release();
  });
});

describe("maintenance of several processes on one store", () => {
  /** A process's maintenance with one task that notes its runs. */
  const process = (database: Pick<Database, "taskLeases">, task: Partial<MaintenanceTask> = {}) => {
    const runs: number[] = [];
    const run = async () => void runs.push(Date.now());
    const maintenance = startMaintenance({ ...deps, database }, [
      { name: "led", oneLeader: true, everyMs: 40, run, ...task },
    ]);
    return { runs, maintenance, check: () => maintenance.checks()[0] };
  };

  test("one leads a task, the others leave it alone and tell of it what the leader says", async () => {
    // Its time stands still, so that no lease runs out because the machine is busy.
    const database = memoryStore({ clock: createHeldClock() });
    const heldBack = () => ({ detail: "another deployment's", fix: "Configure another one." });
    const first = process(database, { heldBack });
    await eventually(() => first.runs.length > 0);
    const others = [process(database), process(database)];
    await eventually(() => first.runs.length > 10);
    expect(others.flatMap(({ runs }) => runs)).toEqual([]);
    await eventually(() =>
      others.every(({ check }) => check()?.status === "warning" && check()?.fix === "Configure another one."),
    );
    expect(others[0]?.check()?.detail).toMatch(/^another deployment's .* in another process$/);
    await Promise.all([first, ...others].map(({ maintenance }) => maintenance.stop()));
  });

  test("a leader extends the leases of all that it leads in one write, however often it runs", async () => {
    const database = memoryStore({ clock });
    let writes = 0;
    const taskLeases: Database["taskLeases"] = {
      ...database.taskLeases,
      hold: async (holder, holds) => {
        writes += 1;
        return await database.taskLeases.hold(holder, holds);
      },
    };
    let runs = 0;
    const run = async () => {
      runs += 1;
    };
    const names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    const tasks = names.map((name) => ({ name, oneLeader: true, everyMs: 100, run }));
    const maintenance = startMaintenance({ ...deps, database: { taskLeases } }, tasks);
    await eventually(() => runs >= 20 * names.length);
    // One a run would have been 160; they are due after half a lease of 150 ms, 27 times in the 2 s that 20 runs take.
    expect(writes).toBeLessThan(runs / 2);
    const leases = await database.taskLeases.list();
    expect(leases.map(({ task, remainingMs }) => [task, remainingMs > 0])).toEqual(names.map((name) => [name, true]));
    await maintenance.stop();
    expect((await database.taskLeases.list()).every(({ remainingMs }) => remainingMs === 0)).toBe(true);
  });

  test("a lease that this process had before its clock was set back is written anew", async () => {
    const held = createHeldClock();
    const database = memoryStore({ clock });
    let runs = 0;
    let backMs = 0;
    const setBack = { ...held, now: () => new Date(held.now().getTime() - backMs) };
    const holds = spyOn(database.taskLeases, "hold");
    const run = async () => {
      runs += 1;
    };
    const maintenance = startMaintenance({ ...deps, clock: setBack, database }, [
      { name: "led", oneLeader: true, everyMs: 60_000, run },
    ]);
    const next = async () => {
      const before = runs;
      await eventually(() => {
        held.advance(1_000);
        return runs > before;
      });
    };
    await next();
    const before = holds.mock.calls.length;
    backMs = 3_600_000;
    await next();
    expect(holds.mock.calls.length).toBeGreaterThan(before);
    await maintenance.stop();
  });

  test("one that leaves hands its tasks over at once", async () => {
    const database = memoryStore({ clock });
    const first = process(database, { everyMs: 3_600_000 });
    await eventually(() => first.runs.length === 1);
    await first.maintenance.stop();
    const second = process(database, { everyMs: 3_600_000 });
    await eventually(() => second.runs.length === 1);
    await second.maintenance.stop();
  });

  test("one that dies hands over within its period or so", async () => {
    const database = memoryStore({ clock });
    // Nobody ends this lease: its holder was killed.
    await database.taskLeases.hold("wrk_dead", [{ task: "led", leaseMs: 60 }]);
    const successor = process(database);
    await eventually(() => successor.runs.length > 0);
    await successor.maintenance.stop();
  });

  test("a run that uses up its budget is aborted and counts as failed, and another process leads the task", async () => {
    const database = memoryStore({ clock });
    const { promise: hangs, resolve: release } = Promise.withResolvers<void>();
    let aborted = false;
    const hanging = process(database, {
      budgetMs: 20,
      run: (signal) => {
        signal.addEventListener("abort", () => {
          aborted = true;
        });
        return hangs;
      },
    });
    await eventually(() => aborted);
    const other = process(database);
    await eventually(() => other.runs.length > 0);
    expect(hanging.check()).toMatchObject({ status: "warning", detail: expect.stringContaining("has been running") });
    release();
    await Promise.all([hanging.maintenance.stop(), other.maintenance.stop()]);
  });

  test("a task that fails in its leader again and again is led by another process", async () => {
    const database = memoryStore({ clock });
    const broken = process(database, { longestPauseMs: 1, run: () => Promise.reject(new AppError("storage_error")) });
    await eventually(() => broken.check()?.status === "warning");
    const sound = process(database);
    await eventually(() => sound.runs.length > 0);
    await eventually(() => broken.check()?.status === "ok");
    await Promise.all([broken.maintenance.stop(), sound.maintenance.stop()]);
  });

  test("a run whose lease is lost is aborted, and that is no failure", async () => {
    const database = memoryStore({ clock });
    let taken = false;
    const taskLeases: Database["taskLeases"] = {
      ...database.taskLeases,
      hold: (holder, holds) => (taken ? Promise.resolve(new Set<string>()) : database.taskLeases.hold(holder, holds)),
    };
    let reason: unknown;
    const loser = process(
      { taskLeases },
      {
        run: async (signal) => {
          taken = true;
          await clock.sleep(60_000, signal).catch((error: unknown) => {
            reason = error;
            throw error;
          });
        },
      },
    );
    await eventually(() => reason !== undefined);
    expect(loser.check()?.status).toBe("ok");
    await loser.maintenance.stop();
  });

  test("those who do not lead ask the store about once in the time that a lease lasts, for all tasks together", async () => {
    // Its time stands still, so that no lease runs out because the machine is busy.
    const database = memoryStore({ clock: createHeldClock() });
    await using _ = { [Symbol.asyncDispose]: () => database.close() };
    let asked = 0;
    const counted: Database["taskLeases"] = {
      hold: async (holder, holds) => {
        asked += 1;
        return await database.taskLeases.hold(holder, holds);
      },
      list: async () => {
        asked += 1;
        return await database.taskLeases.list();
      },
      release: (holder) => database.taskLeases.release(holder),
    };
    let runs = 0;
    const names = ["a", "b", "c", "d"];
    const run = async () => {
      runs += 1;
    };
    const tasks = names.map((name) => ({ name, oneLeader: true, everyMs: 100, run }));
    const leader = startMaintenance({ ...deps, database }, tasks);
    await eventually(() => runs >= names.length);
    const follower = startMaintenance({ ...deps, database: { taskLeases: counted } }, tasks);
    await eventually(() => runs >= 50 * names.length);
    // Every process running every task would have been 200 queries.
    expect(asked).toBeLessThan(100);
    await Promise.all([leader.stop(), follower.stop()]);
  });
});
