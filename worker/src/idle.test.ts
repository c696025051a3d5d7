import { type SQLQueryBindings, Database as SqliteFile } from "bun:sqlite";
import { describe, expect, onTestFinished, spyOn, test } from "bun:test";
import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import { createSecretBox } from "@vidferry/core";
import { sqliteStore } from "@vidferry/core/sqlite";
import { createWebhookSender } from "@vidferry/core/webhooks";
import { createHeldClock, createServiceFixture, eventually, type HeldClock, roomyLimits } from "@vidferry/testing";
import { startWorker } from "./worker.ts";

const stepMs = 250;
const restMs = 50;

type Bindings = SQLQueryBindings | SQLQueryBindings[];

/**
 * Lets time pass, with time between the steps for what it starts, until something is true; returns how much has passed. `restMs` of
 * real time after each step let a worker on a busy machine keep up, where it matters how soon it does something.
 */
async function pass(
  clock: HeldClock,
  longestMs: number,
  until: () => Promise<boolean> = async () => false,
  restMs = 0,
): Promise<number> {
  let passedMs = 0;
  while (passedMs < longestMs && !(await until())) {
    clock.advance(stepMs);
    passedMs += stepMs;
    for (let turn = 0; turn < 10; turn += 1) await setImmediate();
    await sleep(restMs);
  }
  return passedMs;
}

/** Counts the statements of all SQLite files that are opened from now on. */
function countStatements(): () => number {
  let count = 0;
  const { prepare, run } = SqliteFile.prototype;
  const counted = <A extends unknown[], R>(call: (...given: A) => R) => {
    return (...given: A): R => {
      count += 1;
      return call(...given);
    };
  };
  const spies = [
    spyOn(SqliteFile.prototype, "prepare").mockImplementation(function <R, P extends Bindings>(
      this: SqliteFile,
      ...given: Parameters<typeof prepare<R, P>>
    ) {
      const statement = Reflect.apply(prepare, this, given) as ReturnType<typeof prepare<R, P>>;
      return Object.assign(statement, { values: counted(statement.values.bind(statement)) });
    }),
    spyOn(SqliteFile.prototype, "run").mockImplementation(function (this: SqliteFile, text, ...given) {
      return counted(run.bind(this))(text, ...given);
    }),
  ];
  onTestFinished(() => {
    for (const spy of spies) spy.mockRestore();
  });
  return () => count;
}

/** A worker on SQLite that has started up, with a clock of the test's. */
async function idleWorker() {
  const clock = createHeldClock();
  const database = sqliteStore({ path: ":memory:", clock });
  const webhookSupport = {
    secrets: createSecretBox(async () => ["k".repeat(32)]),
    sender: createWebhookSender({ allowPrivateHosts: [], timeoutMs: 5_000 }),
    ...{ publicUrl: null, refused: null },
  };
  const fixture = await createServiceFixture({}, { clock, database, webhookSupport });
  let alive = 0;
  const worker = await startWorker(fixture.deps, {
    ...{ host: "host-1", concurrency: 2, leaseMs: 15_000, limits: roomyLimits, retentionMs: null },
    onAlive: async () => {
      alive += 1;
    },
  });
  onTestFinished(async () => {
    const stopped = worker.stop(0);
    await pass(clock, 5_000, async () => false);
    await stopped;
    await fixture[Symbol.asyncDispose]();
  });
  await eventually(async () => {
    await pass(clock, 1_000);
    return alive > 1;
  });
  return { clock, fixture, database };
}

describe("a worker that has nothing to do", () => {
  test("asks its database little", async () => {
    const count = countStatements();
    const { clock } = await idleWorker();
    await pass(clock, 10_000);
    const before = count();
    const seconds = 60;
    await pass(clock, seconds * 1_000);
    const perSecond = (count() - before) / seconds;
    // Some, so that it is known to look at all. Each task that looks for itself, or writes its lease for itself, adds one in two seconds.
    expect(perSecond).toBeGreaterThan(1);
    expect(perSecond).toBeLessThan(3.1);
  });

  test("starts a job at its time all the same", async () => {
    const { clock, fixture, database } = await idleWorker();
    const dueMs = 30_000;
    const scheduledFor = new Date(clock.now().getTime() + dueMs).toISOString();
    const { id } = await fixture.submit({ scheduledFor });
    const isLater = async () => (await database.jobs.get(id, null))?.state !== "scheduled";
    expect(await pass(clock, dueMs - stepMs, isLater)).toBe(dueMs - stepMs);
    expect(await isLater()).toBe(false);
    expect(await pass(clock, dueMs, isLater, restMs)).toBeLessThan(10_000);
  });

  test("takes a job that it has no hint of within two seconds or so", async () => {
    const { clock, fixture, database } = await idleWorker();
    const { queue } = fixture.deps;
    // As of a process that could not tell anybody.
    const offer = spyOn(queue, "offer").mockImplementation(async () => undefined);
    onTestFinished(() => offer.mockRestore());
    const { id } = await fixture.submit();
    const isTaken = async () => (await database.jobs.get(id, null))?.state !== "queued";
    // What it starts for that takes real time, in which some more steps may be taken.
    expect(await pass(clock, 30_000, isTaken, restMs)).toBeLessThan(10_000);
  });
});
