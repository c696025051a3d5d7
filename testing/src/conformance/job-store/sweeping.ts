import type { Job, JobId, LostAttempts, Priority } from "@vidferry/core";
import {
  anError,
  aResult,
  attemptOf,
  byWorker,
  created,
  type DatabaseFixture,
  type DatabaseSuite,
  must,
  started,
} from "./fixture.ts";

const minute = 60_000;
const cap = { maxLostWorkers: 3, limit: 100, leaseMs: 30_000 } as const;

/** Lets time pass while maintenance runs, as in a running service; returns what was released meanwhile. */
async function pass({ store, advance }: DatabaseFixture, ms: number): Promise<LostAttempts> {
  const stepMs = 5_000;
  let all: LostAttempts = { requeued: [], failed: [] };
  for (let left = ms; left > 0; left -= stepMs) {
    await advance(Math.min(left, stepMs));
    const { requeued, failed } = await store.leases.releaseLost(cap);
    all = { requeued: [...all.requeued, ...requeued], failed: [...all.failed, ...failed] };
  }
  return all;
}

/** Runs maintenance for long enough that the store counts an expired lease as lost. */
async function steady(fixture: DatabaseFixture): Promise<void> {
  const { store } = fixture;
  const maintained = attemptOf(await started(store));
  for (let step = 0; step < 10; step++) {
    await store.attempts.heartbeat(maintained, 30_000, {});
    await pass(fixture, 5_000);
  }
  await store.jobs.remove(maintained.jobId, null);
}

const pause = (job: Job): number => Number(job.nextAttemptAt) - Number(job.updatedAt);

/** What the queue and the sweep ask. */
export function sweepingConformance({ describe, test, expect, create }: DatabaseSuite): void {
  describe("the order of dispatch", () => {
    const lanes = async ({ store }: DatabaseFixture) => (await store.dispatch.nextQueued(100)).map((hint) => hint.lane);

    test("goes by lane, and within a lane by time", async () => {
      await using fixture = await create();
      const { store, advance } = fixture;
      const wanted: string[] = [];
      for (const priority of ["low", "normal", "high", "low", "normal", "high"] satisfies Priority[]) {
        wanted.push((await created(store, { priority })).id);
        await advance(10);
      }
      const [low1, normal1, high1, low2, normal2, high2] = wanted;
      const order = (await store.dispatch.nextQueued(100)).map((hint) => hint.jobId as string);
      expect(order).toEqual([high1, high2, normal1, normal2, low1, low2] as string[]);
      expect(await store.dispatch.nextQueued(2)).toHaveLength(2);
    });

    test("raises what waits: a low job goes before a high one that came twenty minutes later", async () => {
      await using fixture = await create();
      const { store, advance } = fixture;
      await created(store, { priority: "low" });
      await advance(9 * minute);
      await created(store, { priority: "normal" });
      expect(await lanes(fixture)).toEqual(["normal", "low"]);
      await advance(12 * minute);
      await created(store, { priority: "high" });
      await created(store, { priority: "normal" });
      // In minutes: the first normal ranks 9, low 10, high 21 - 10, the last normal 21.
      expect(await lanes(fixture)).toEqual(["normal", "low", "high", "normal"]);
    });
  });

  describe("lost workers", () => {
    test("give their jobs back when the lease ends, not before", async () => {
      await using fixture = await create();
      const { store } = fixture;
      await steady(fixture);
      const job = await started(store);
      expect(await pass(fixture, 20_000)).toEqual({ requeued: [], failed: [] });
      const { requeued, failed } = await pass(fixture, 10_000);
      expect(failed).toEqual([]);
      expect(requeued).toMatchObject([{ id: job.id, state: "queued", lostWorkers: 1, failures: 0, worker: null }]);
      expect(requeued).toMatchObject([{ leaseUntil: null, stage: null, finishedAt: null, alone: true }]);
      expect(pause(must(requeued[0]))).toBe(1_000);
      expect(await store.attempts.heartbeat(attemptOf(job), 1000, {})).toBe(false);
      expect(await store.attempts.succeed(attemptOf(job), aResult)).toBeNull();
      expect(await store.leases.releaseLost(cap)).toEqual({ requeued: [], failed: [] });
    });

    test("stop a job that takes three of them down, with growing pauses in between", async () => {
      await using fixture = await create();
      const { store, advance } = fixture;
      await steady(fixture);
      const { id } = await created(store, { maxAttempts: 10 });
      for (const losses of [1, 2, 3]) {
        expect(await store.attempts.claim([id], { ...byWorker, alone: losses > 1 })).toMatchObject([
          { attempt: losses },
        ]);
        const { requeued, failed } = await pass(fixture, 30_000);
        expect([requeued.length, failed.length]).toEqual(losses < 3 ? [1, 0] : [0, 1]);
        expect(requeued.map(pause)).toEqual([[1_000], [5_000], []][losses - 1] ?? []);
        await advance(5_000);
      }
      const job = must(await store.jobs.get(id, null));
      expect(job).toMatchObject({ state: "failed", lostWorkers: 3, error: { code: "worker_lost", retryable: true } });
      expect(job.finishedAt).toEqual(job.updatedAt);
      expect(job.nextAttemptAt).toBeNull();
      const again = await store.jobs.move(id, "ada", "retry");
      expect(again).toMatchObject({ lostWorkers: 0, state: "queued", error: null, alone: true });
    });

    test("are released once by many sweepers, within the limit of each", async () => {
      await using fixture = await create();
      const { store, advance } = fixture;
      await steady(fixture);
      const jobs = await Promise.all(Array.from({ length: 30 }, () => started(store)));
      await pass(fixture, 25_000);
      await advance(5_000);
      const sweeps = await Promise.all(
        Array.from({ length: 10 }, () => store.leases.releaseLost({ ...cap, limit: 7 })),
      );
      const released = sweeps.flatMap(({ requeued }) => requeued.map((job) => job.id));
      expect(new Set(released).size).toBe(released.length);
      for (const { requeued } of sweeps) expect(requeued.length).toBeLessThanOrEqual(7);
      while (released.length < jobs.length) {
        const { requeued } = await store.leases.releaseLost(cap);
        if (requeued.length === 0) break;
        released.push(...requeued.map((job) => job.id));
      }
      expect(released.sort()).toEqual(jobs.map((job) => job.id).sort());
    });

    test.each([60_000, 3_600_000])(
      "are not those whose lease ran out while nobody reached the store (%i ms)",
      async (ms) => {
        await using fixture = await create();
        const { store, advance } = fixture;
        await steady(fixture);
        const alive = await started(store);
        const dead = await started(store);
        await advance(ms);
        expect(await store.leases.releaseLost(cap)).toEqual({ requeued: [], failed: [] });
        // Its worker finds the store again only now, and late.
        expect(await pass(fixture, 35_000)).toEqual({ requeued: [], failed: [] });
        expect(await store.attempts.heartbeat(attemptOf(alive), 30_000, {})).toBe(true);
        const { requeued } = await pass(fixture, 10_000);
        expect(requeued.map((job) => job.id)).toEqual([dead.id]);
        expect(await store.attempts.succeed(attemptOf(alive), aResult)).toMatchObject({
          state: "succeeded",
          attempt: 1,
        });
      },
    );

    test("are not those whose lease ran out because the store's clock jumped", async () => {
      await using fixture = await create();
      const { store, advance } = fixture;
      await steady(fixture);
      const job = await started(store);
      for (const jump of [3_600_000, -3_600_000]) {
        await advance(jump);
        expect(await store.leases.releaseLost(cap)).toEqual({ requeued: [], failed: [] });
        expect(await store.attempts.heartbeat(attemptOf(job), 30_000, {})).toBe(true);
        expect(await pass(fixture, 25_000)).toEqual({ requeued: [], failed: [] });
      }
    });

    test("are known by name and host, and their leases can be ended at once", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const ids = await Promise.all(Array.from({ length: 4 }, async () => (await created(store)).id));
      const workers = ["b", "a", "b", "c"];
      for (const [index, id] of ids.entries()) {
        await store.attempts.claim([id], {
          worker: must(workers[index]),
          host: index === 3 ? "other" : "here",
          leaseMs: 30_000,
        });
      }
      expect(await store.leases.workersOn("here")).toEqual(["a", "b"]);
      expect(await store.leases.workersOn("nowhere")).toEqual([]);
      expect(await store.leases.expire([])).toBe(0);
      expect(await store.leases.expire(["b", "unknown"])).toBe(2);
      const { requeued } = await store.leases.releaseLost(cap);
      expect(requeued.map((job) => job.id).sort()).toEqual([must(ids[0]), must(ids[2])].sort());
      expect(await store.leases.workersOn("here")).toEqual(["a"]);
    });
  });

  describe("jobs that must run alone", () => {
    test("are a line of their own, and are claimed only by who runs them alone", async () => {
      await using fixture = await create();
      const { store, advance } = fixture;
      const plain = await created(store);
      const first = await started(store);
      const again = { error: anError, delayMs: 0, countsAsFailure: true, alone: true };
      expect(await store.attempts.requeue(attemptOf(first), again)).toMatchObject({ alone: true, failures: 1 });
      const hinted = (id: JobId) => [{ jobId: id, lane: "normal" as const }];
      expect(await store.dispatch.nextQueued(10)).toEqual(hinted(plain.id));
      expect(await store.dispatch.nextQueued(10, "alone")).toEqual(hinted(first.id));
      await advance(1_000);
      expect(await store.dispatch.takeUnoffered(500, 10)).toEqual(hinted(plain.id));
      expect(await store.dispatch.takeUnoffered(500, 10, "alone")).toEqual(hinted(first.id));
      expect(await store.dispatch.takeUnoffered(500, 10, "alone")).toEqual([]);
      const claimed = await store.attempts.claim([plain.id, first.id], byWorker);
      expect(claimed.map((job) => job.id)).toEqual([plain.id]);
      expect(await store.attempts.claim([first.id], { ...byWorker, alone: true })).toMatchObject([
        { attempt: 2, alone: true },
      ]);
    });

    test("stay so when they are handed back or paused, until an attempt comes to an end", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const job = await started(store);
      await store.leases.expire(["worker-1"]);
      expect((await store.leases.releaseLost(cap)).requeued).toMatchObject([{ id: job.id, lostWorkers: 1 }]);
      await store.jobs.move(job.id, null, "pause");
      const claim = async () => {
        await store.jobs.move(job.id, null, "resume");
        return must((await store.attempts.claim([job.id], { ...byWorker, alone: true }))[0]);
      };
      const drained = { error: null, delayMs: 0, countsAsFailure: false };
      expect(await store.attempts.requeue(attemptOf(await claim()), drained)).toMatchObject({
        alone: true,
        lostWorkers: 1,
      });
      await store.jobs.move(job.id, null, "pause");
      const ended = { error: anError, delayMs: 0, countsAsFailure: true, alone: false };
      expect(await store.attempts.requeue(attemptOf(await claim()), ended)).toMatchObject({
        alone: false,
        lostWorkers: 0,
      });
      expect(await store.attempts.claim([job.id], byWorker)).toHaveLength(1);
    });
  });

  describe("the sweep", () => {
    test("queues scheduled jobs when their time has come, each once", async () => {
      await using fixture = await create();
      const { store, advance } = fixture;
      const scheduledFor = new Date(Date.now() + 60 * minute);
      const jobs = await Promise.all(Array.from({ length: 5 }, () => created(store, { scheduledFor })));
      expect(await store.dispatch.promoteDue(10)).toEqual([]);
      expect(await store.dispatch.nextQueued(10)).toEqual([]);
      await advance(61 * minute);
      expect(await store.dispatch.promoteDue(2)).toHaveLength(2);
      const rest = await Promise.all([store.dispatch.promoteDue(10), store.dispatch.promoteDue(10)]);
      expect(rest.flat()).toHaveLength(3);
      expect(rest.flat()).toMatchObject(Array.from({ length: 3 }, () => ({ state: "queued", nextAttemptAt: null })));
      expect(await store.dispatch.nextQueued(10)).toHaveLength(jobs.length);
    });

    test("offers again what nobody claimed for a while, each job to one sweeper", async () => {
      await using fixture = await create();
      const { store, advance } = fixture;
      const jobs = await Promise.all(Array.from({ length: 6 }, () => created(store, { priority: "low" })));
      await started(store);
      expect(await store.dispatch.takeUnoffered(10_000, 100)).toEqual([]);
      await advance(10_000);
      expect(await store.dispatch.takeUnoffered(10_000, 2)).toHaveLength(2);
      const rest = await Promise.all([
        store.dispatch.takeUnoffered(10_000, 100),
        store.dispatch.takeUnoffered(10_000, 100),
      ]);
      expect(rest.flat()).toHaveLength(4);
      expect(must(rest.flat()[0]).lane).toBe("low");
      expect(await store.dispatch.takeUnoffered(10_000, 100)).toEqual([]);
      await advance(10_000);
      expect(await store.dispatch.takeUnoffered(10_000, 100)).toHaveLength(jobs.length);
    });

    test("waits with a delayed job until it was due for that long", async () => {
      await using fixture = await create();
      const { store, advance } = fixture;
      const job = await started(store);
      await store.attempts.requeue(attemptOf(job), { error: anError, delayMs: 60_000, countsAsFailure: true });
      await advance(65_000);
      expect(await store.dispatch.takeUnoffered(10_000, 10)).toEqual([]);
      await advance(5_000);
      expect(await store.dispatch.takeUnoffered(10_000, 10)).toEqual([{ jobId: job.id, lane: "normal" }]);
    });

    test("finds results past their time and forgets them once", async () => {
      await using fixture = await create();
      const { store, advance } = fixture;
      const job = must(await store.attempts.succeed(attemptOf(await started(store)), aResult));
      const kept = must(
        await store.attempts.succeed(attemptOf(await started(store)), { ...aResult, retentionMs: null }),
      );
      await store.attempts.succeed(attemptOf(await started(store)), { ...aResult, retentionMs: 10 * minute });
      expect(await store.artifacts.listExpired(10)).toEqual([]);
      expect(await store.artifacts.clear(job.id)).toBe(false);
      await advance(minute);
      expect((await store.artifacts.listExpired(10)).map((expired) => expired.id)).toEqual([job.id]);
      expect(await store.artifacts.clear(job.id)).toBe(true);
      expect(await store.artifacts.clear(job.id)).toBe(false);
      expect(await store.artifacts.clear(kept.id)).toBe(false);
      expect(await store.artifacts.listExpired(10)).toEqual([]);
      expect(await store.jobs.get(job.id, null)).toMatchObject({ state: "succeeded", artifacts: [] });
      await advance(9 * minute);
      expect(await store.artifacts.listExpired(10)).toHaveLength(1);
    });
  });
}
