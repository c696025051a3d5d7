import { describe, expect, test } from "bun:test";
import { basename } from "node:path";
import {
  AppError,
  defaultMaintenanceOptions,
  type HintQueue,
  type Job,
  localOwner,
  moveJob,
  releaseLostWorkers,
} from "@vidferry/core";
import {
  createHeldClock,
  createRecordingLogger,
  createServiceFixture,
  eventually,
  roomyLimits,
  type ServiceFixture,
  storeWith,
} from "@vidferry/testing";
import { startPool } from "./pool.ts";

const start = (fixture: ServiceFixture, options: { concurrency?: number; leaseMs?: number } = {}) =>
  startPool(fixture.deps, {
    name: "pool-1",
    host: "host-1",
    concurrency: options.concurrency ?? 2,
    leaseMs: options.leaseMs ?? 5_000,
    limits: roomyLimits,
    retentionMs: null,
  });
const succeeded = async ({ deps }: ServiceFixture) => (await deps.database.jobs.countByState()).succeeded;

describe("a worker pool", () => {
  test("runs every job once, never more at a time than it may", async () => {
    let running = 0;
    let most = 0;
    await using fixture = await createServiceFixture({
      fetch: async () => {
        running += 1;
        most = Math.max(most, running);
        // The first ones stay until there are as many as may be.
        await eventually(() => most >= 3);
        await Bun.sleep(5);
        running -= 1;
      },
    });
    const pool = start(fixture, { concurrency: 3 });
    for (let index = 0; index < 20; index++) await fixture.submit();
    await eventually(async () => (await succeeded(fixture)) === 20);
    await pool.drain(1_000);
    expect(most).toBe(3);
    expect(fixture.engine.calls.fetch).toBe(20);
    expect(pool.running()).toEqual([]);
  });

  test("claims nothing when the disk filled up while it waited for work", async () => {
    let free = Number.MAX_SAFE_INTEGER;
    await using plain = await createServiceFixture();
    const workFolders = { ...plain.deps.workFolders, freeBytes: async () => free };
    await using fixture = await createServiceFixture({}, { workFolders });
    const pool = start(fixture);
    await eventually(() => pool.accepts());
    free = -1;
    const job = await fixture.submit();
    await eventually(() => !pool.accepts(), { message: "a look at the disk" });
    expect(await fixture.deps.database.jobs.get(job.id, null)).toMatchObject({ state: "queued", attempt: 0 });
    free = Number.MAX_SAFE_INTEGER;
    await eventually(async () => (await succeeded(fixture)) === 1);
    expect(await fixture.deps.database.jobs.get(job.id, null)).toMatchObject({ attempt: 1 });
    await pool.drain(1_000);
  }, 30_000);

  test("takes no jobs while its disk hangs, says so, and can be stopped", async () => {
    await using plain = await createServiceFixture();
    let disk = Promise.withResolvers<number>();
    const workFolders = { ...plain.deps.workFolders, freeBytes: () => disk.promise };
    const logger = createRecordingLogger();
    await using fixture = await createServiceFixture({}, { workFolders, logger });
    const pool = start(fixture);
    await fixture.submit();
    const silence = "the disk of the work folders does not answer; no jobs are taken";
    await eventually(() => logger.lines.some(({ level, message }) => level === "error" && message === silence));
    expect(pool.accepts()).toBe(false);
    disk.resolve(Number.MAX_SAFE_INTEGER);
    await eventually(async () => (await succeeded(fixture)) === 1);
    expect(pool.accepts()).toBe(true);
    disk = Promise.withResolvers();
    await pool.drain(1_000);
    disk.resolve(0);
  }, 30_000);

  test("lets running jobs finish when it drains, and takes no new ones", async () => {
    const { promise: gate, resolve: release } = Promise.withResolvers<void>();
    await using fixture = await createServiceFixture({ fetch: () => gate });
    const pool = start(fixture, { concurrency: 1 });
    await fixture.submit();
    await eventually(() => pool.running().length === 1);
    const drained = pool.drain(10_000);
    await fixture.submit();
    release();
    await drained;
    expect(await fixture.deps.database.jobs.countByState()).toMatchObject({ succeeded: 1, queued: 1, running: 0 });
    expect(pool.accepts()).toBe(false);
  });

  test("hands back what has not finished when its grace is over", async () => {
    await using fixture = await createServiceFixture({
      fetch: ({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    });
    const pool = start(fixture);
    const job = await fixture.submit();
    await eventually(() => fixture.engine.calls.fetch === 1);
    await pool.drain(0);
    expect(await fixture.deps.database.jobs.get(job.id, null)).toMatchObject({ state: "queued", failures: 0 });
  });

  test("ends although an attempt does not, and says which", async () => {
    const { promise: hangs, resolve: release } = Promise.withResolvers<void>();
    const clock = createHeldClock();
    const logger = createRecordingLogger();
    await using fixture = await createServiceFixture({ fetch: () => hangs }, { clock, logger });
    const pool = start(fixture);
    const job = await fixture.submit();
    await eventually(() => fixture.engine.calls.fetch === 1);
    const drained = pool.drain(0).then(() => true);
    // It waits a minute from when the grace is over, which a timer says.
    const ended = await eventually(() => {
      clock.advance(60_000);
      return Promise.race([drained, Bun.sleep(5).then(() => false)]);
    });
    expect(ended).toBe(true);
    expect(pool.running()).toEqual([job.id]);
    expect(logger.lines).toContainEqual(
      expect.objectContaining({ level: "error", fields: expect.objectContaining({ jobs: [job.id] }) }),
    );
    release();
    await eventually(() => pool.running().length === 0);
  });

  test("goes on when the queue and the store fail for a while", async () => {
    await using fixture = await createServiceFixture();
    let failures = 3;
    const queue: HintQueue = {
      ...fixture.deps.queue,
      receive: (options) => {
        failures -= 1;
        return failures >= 0 ? Promise.reject(new AppError("unavailable")) : fixture.deps.queue.receive(options);
      },
    };
    const pool = start({ ...fixture, deps: { ...fixture.deps, queue } });
    await fixture.submit();
    await eventually(async () => (await succeeded(fixture)) === 1);
    await pool.drain(1_000);
    expect(failures).toBeLessThan(0);
  });

  test("begins the next attempt of a job when the one before has ended here", async () => {
    let inFolder = 0;
    let most = 0;
    const { promise: gate, resolve: release } = Promise.withResolvers<void>();
    await using fixture = await createServiceFixture({
      fetch: async () => {
        inFolder += 1;
        most = Math.max(most, inFolder);
        if (fixture.engine.calls.fetch === 1) await gate;
        inFolder -= 1;
      },
    });
    const pool = start(fixture);
    const job = await fixture.submit();
    await eventually(() => fixture.engine.calls.fetch === 1);
    // The attempt does not notice yet that its job was paused.
    await moveJob(fixture.deps, job.id, null, "pause");
    await moveJob(fixture.deps, job.id, null, "resume");
    await eventually(async () => (await fixture.deps.database.jobs.get(job.id, null))?.attempt === 2);
    expect(pool.running()).toEqual([job.id]);
    release();
    await eventually(async () => (await succeeded(fixture)) === 1);
    await eventually(() => pool.running().length === 0);
    expect(most).toBe(1);
    await pool.drain(1_000);
  });

  test("runs jobs whose hints the queue has lost", async () => {
    await using fixture = await createServiceFixture();
    const queue: HintQueue = { ...fixture.deps.queue, receive: async () => [] };
    const pool = start({ ...fixture, deps: { ...fixture.deps, queue } });
    await fixture.submit();
    await eventually(async () => (await succeeded(fixture)) === 1);
    await pool.drain(1_000);
  });

  test("starts a job that waited for its owner's limit when one of them ends, although its hint is used up", async () => {
    await using fixture = await createServiceFixture();
    const { database, queue } = fixture.deps;
    await database.accounts.limit(localOwner, { runningJobs: 1 });
    for (let index = 0; index < 4; index++) await fixture.submit();
    let hints = 4;
    const patient: HintQueue = {
      ...queue,
      // Hands out each hint once, and then waits for as long as it is let.
      receive: async ({ max, waitMs, signal }) => {
        const some = await queue.receive({ max: Math.min(max, hints), waitMs: 0, signal });
        hints -= some.length;
        if (some.length > 0 || waitMs === 0 || signal.aborted) return some;
        await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
        return [];
      },
    };
    const pool = start({ ...fixture, deps: { ...fixture.deps, queue: patient } });
    await eventually(async () => (await succeeded(fixture)) === 4);
    await pool.drain(1_000);
  }, 30_000);

  test("runs what the store says, whatever the hints name", async () => {
    const order: string[] = [];
    await using fixture = await createServiceFixture();
    const { database, queue } = fixture.deps;
    const jobs = await Promise.all([fixture.submit(), fixture.submit({ priority: "high" }), fixture.submit()]);
    const backwards: HintQueue = {
      ...queue,
      receive: async (options) => (await queue.receive({ ...options, max: 3 })).slice(-1),
    };
    const attempts = {
      ...database.attempts,
      claimNext: async (...args: Parameters<typeof database.attempts.claimNext>) => {
        const claimed = await database.attempts.claimNext(...args);
        order.push(...claimed.map(({ id }) => id));
        return claimed;
      },
    };
    const deps = { ...fixture.deps, queue: backwards, database: storeWith(database, { attempts }) };
    const pool = start({ ...fixture, deps }, { concurrency: 1 });
    await eventually(async () => (await succeeded(fixture)) === 3);
    expect(order[0]).toBe(jobs[1].id);
    expect(order.toSorted()).toEqual(jobs.map(({ id }) => id as string).toSorted());
    await pool.drain(1_000);
  }, 30_000);

  test("takes no jobs while the disk is full", async () => {
    await using fixture = await createServiceFixture();
    let free = 0;
    const workFolders = { ...fixture.deps.workFolders, freeBytes: async () => free };
    const pool = startPool(
      { ...fixture.deps, workFolders },
      {
        name: "p",
        host: "h",
        concurrency: 1,
        leaseMs: 5_000,
        limits: { ...roomyLimits, minFreeBytes: 1 },
        retentionMs: null,
      },
    );
    await fixture.submit();
    await eventually(() => !pool.accepts());
    expect((await fixture.deps.database.jobs.countByState()).queued).toBe(1);
    free = 1e12;
    await eventually(async () => (await succeeded(fixture)) === 1);
    await pool.drain(1_000);
  });

  test("a job whose worker vanished is run again by another, and stopped after three", async () => {
    await using fixture = await createServiceFixture();
    const job = await fixture.submit();
    const claimAndVanish = async () => {
      const claim = { worker: "gone", host: "h", leaseMs: 5_000, alone: true };
      const attempt = await eventually(
        async () => (await fixture.deps.database.attempts.claim([job.id], claim)).map((claimed) => claimed.attempt)[0],
        { timeoutMs: 60_000 },
      );
      await fixture.deps.database.attempts.heartbeat({ jobId: job.id, attempt }, 5_000, { stage: "resolving" });
      await fixture.deps.database.leases.expire(["gone"]);
      await releaseLostWorkers(fixture.deps, defaultMaintenanceOptions);
    };
    await claimAndVanish();
    expect(await fixture.deps.database.jobs.get(job.id, null)).toMatchObject({
      state: "queued",
      lostWorkers: 1,
      failures: 0,
    });
    await claimAndVanish();
    await claimAndVanish();
    expect(await fixture.deps.database.jobs.get(job.id, null)).toMatchObject({
      state: "failed",
      error: { code: "worker_lost" },
    });
  }, 30_000);

  /** The answers of the first claims of a kind are lost: they were made, or were not. */
  const unanswered = (
    fixture: ServiceFixture,
    which: "claim" | "claimNext",
    answers: readonly ("made" | "not made")[],
  ) => {
    const { database: store } = fixture.deps;
    const left = [...answers];
    const losing =
      <T extends unknown[]>(claim: (...args: T) => Promise<readonly Job[]>) =>
      async (...args: T) => {
        const next = left[0];
        const jobs = next === "not made" ? [] : await claim(...args);
        if (next === undefined || (next === "made" && jobs.length === 0)) return jobs;
        left.shift();
        throw new AppError("unavailable");
      };
    const attempts = { [which]: losing<never>(store.attempts[which]) };
    return { ...fixture, deps: { ...fixture.deps, database: storeWith(store, { attempts }) } };
  };

  test("runs what a claim has started whose answer was lost, in the same attempt", async () => {
    await using fixture = await createServiceFixture();
    const jobs = [await fixture.submit(), await fixture.submit(), await fixture.submit()];
    const pool = start(unanswered(fixture, "claimNext", ["not made", "made", "made"]), { concurrency: 1 });
    await eventually(async () => (await succeeded(fixture)) === 3);
    await pool.drain(1_000);
    for (const { id } of jobs) {
      expect(await fixture.deps.database.jobs.get(id, null)).toMatchObject({
        attempt: 1,
        lostWorkers: 0,
        alone: false,
      });
    }
  }, 30_000);

  test("leaves nothing under its name when it drains after a claim whose answer was lost", async () => {
    await using fixture = await createServiceFixture({
      fetch: ({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    });
    const { database: store } = fixture.deps;
    const job = await fixture.submit();
    let drained: Promise<void> | null = null;
    const claimNext: typeof store.attempts.claimNext = async (...args) => {
      const claimed = await store.attempts.claimNext(...args);
      if (claimed.length === 0) return claimed;
      drained = pool.drain(0);
      throw new AppError("unavailable");
    };
    const deps = { ...fixture.deps, database: storeWith(store, { attempts: { claimNext } }) };
    const pool = start({ ...fixture, deps });
    await eventually(() => drained !== null);
    await drained;
    expect(await store.jobs.get(job.id, null)).toMatchObject({ state: "queued", failures: 0, lostWorkers: 0 });
  });

  describe("with a job that must run alone", () => {
    /** A fixture whose attempts note who ran beside whom, and end when their gate opens. */
    const observed = async () => {
      const beside = new Map<string, Set<string>>();
      const here = new Set<string>();
      const gates = new Map<string, () => void>();
      const fixture = await createServiceFixture({
        fetch: async ({ folder }) => {
          const id = basename(folder.path);
          here.add(id);
          for (const one of here) beside.set(one, new Set([...(beside.get(one) ?? []), ...here]));
          await new Promise<void>((resolve) => gates.set(id, resolve));
          here.delete(id);
        },
      });
      /** Submits a job whose worker was lost. */
      const suspect = async () => {
        const job = await fixture.claim(await fixture.submit(), "gone");
        await fixture.deps.database.leases.expire(["gone"]);
        await releaseLostWorkers(fixture.deps, defaultMaintenanceOptions);
        return job;
      };
      const runs = (job: Job) => eventually(() => here.has(job.id));
      const end = (job: Job) => gates.get(job.id)?.();
      return { fixture, beside, here, suspect, runs, end };
    };

    test("runs it with nothing beside it, and others afterwards", async () => {
      const { fixture, beside, here, suspect, runs, end } = await observed();
      await using _ = fixture;
      const [first, second] = [await suspect(), await suspect()];
      const pool = start(fixture, { concurrency: 4 });
      await runs(first);
      const plain = await fixture.submit();
      expect([...here]).toEqual([first.id]);
      end(first);
      const rest = [second, plain].map(async (job) => {
        await runs(job);
        end(job);
      });
      await Promise.all(rest);
      await eventually(async () => (await succeeded(fixture)) === 3);
      for (const job of [first, second]) expect([...(beside.get(job.id) ?? [])]).toEqual([job.id]);
      // An attempt that ended by itself has cleared its job.
      expect(await fixture.deps.database.jobs.get(first.id, null)).toMatchObject({ attempt: 2, state: "succeeded" });
      await pool.drain(1_000);
    }, 180_000);

    test("runs it with nothing beside it also when the answer to its claim was lost", async () => {
      const scene = await observed();
      await using fixture = scene.fixture;
      const suspect = await scene.suspect();
      const pool = start(unanswered(fixture, "claim", ["made"]));
      await scene.runs(suspect);
      const other = await fixture.submit();
      expect(pool.running()).toEqual([suspect.id]);
      scene.end(suspect);
      await scene.runs(other);
      scene.end(other);
      await eventually(async () => (await succeeded(fixture)) === 2);
      await pool.drain(1_000);
      expect(scene.beside.get(basename(suspect.id))?.size).toBe(1);
      expect(await fixture.deps.database.jobs.get(suspect.id, null)).toMatchObject({ attempt: 2, lostWorkers: 1 });
    }, 180_000);

    test("a retry after a program ran out of memory runs alone", async () => {
      const { deps, engine, ...fixture } = await createServiceFixture({
        fetch: async () => {
          if (engine.calls.fetch === 1) throw new AppError("out_of_memory");
        },
      });
      await using _ = { [Symbol.asyncDispose]: fixture[Symbol.asyncDispose] };
      const job = await fixture.submit();
      const pool = startPool(deps, {
        name: "p",
        host: "h",
        concurrency: 2,
        leaseMs: 5_000,
        limits: roomyLimits,
        retentionMs: null,
      });
      await eventually(async () => (await deps.database.jobs.get(job.id, null))?.alone === true);
      expect(await deps.database.jobs.get(job.id, null)).toMatchObject({
        state: "queued",
        failures: 1,
        lostWorkers: 0,
      });
      await eventually(async () => (await deps.database.jobs.get(job.id, null))?.state === "succeeded");
      await pool.drain(1_000);
    }, 30_000);
  });
});
