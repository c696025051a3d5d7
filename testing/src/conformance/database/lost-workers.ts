import type { Job, LostAttempts } from "@vidferry/core";
import {
  aResult,
  attemptOf,
  begun,
  byWorker,
  created,
  type DatabaseFixture,
  type DatabaseSuite,
  must,
  started,
} from "./fixture.ts";

const cap = { maxLostWorkers: 3, limit: 100, leaseMs: 30_000 } as const;

const nothing: LostAttempts = { requeued: [], failed: [], unbegun: [] };

/** Lets time pass while maintenance runs, as in a running service; returns what was released meanwhile. */
async function pass({ store, advance }: DatabaseFixture, ms: number): Promise<LostAttempts> {
  const stepMs = 5_000;
  let all: LostAttempts = nothing;
  for (let left = ms; left > 0; left -= stepMs) {
    await advance(Math.min(left, stepMs));
    const { requeued, failed, unbegun } = await store.leases.releaseLost(cap);
    all = {
      requeued: [...all.requeued, ...requeued],
      failed: [...all.failed, ...failed],
      unbegun: [...all.unbegun, ...unbegun],
    };
  }
  return all;
}

/** Runs maintenance for long enough that expired leases count. */
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

/** What becomes of the attempts of workers whose leases ran out. */
export function lostWorkersConformance({ describe, test, expect, create }: DatabaseSuite): void {
  describe("lost workers", () => {
    test("give their jobs back when the lease ends, not before", async () => {
      await using fixture = await create();
      const { store } = fixture;
      await steady(fixture);
      const job = await started(store);
      expect(await pass(fixture, 20_000)).toEqual(nothing);
      const { requeued, failed } = await pass(fixture, 10_000);
      expect(failed).toEqual([]);
      expect(requeued).toMatchObject([{ id: job.id, state: "queued", lostWorkers: 1, failures: 0, worker: null }]);
      expect(requeued).toMatchObject([{ leaseUntil: null, stage: null, finishedAt: null, alone: true }]);
      expect(pause(must(requeued[0]))).toBe(1_000);
      expect(await store.attempts.heartbeat(attemptOf(job), 1000, {})).toBe(false);
      expect(await store.attempts.succeed(attemptOf(job), aResult)).toBeNull();
      expect(await store.leases.releaseLost(cap)).toEqual(nothing);
    });

    test("stop a job that takes three of them down, with growing pauses in between", async () => {
      await using fixture = await create();
      const { store, advance } = fixture;
      await steady(fixture);
      const { id } = await created(store, { maxAttempts: 10 });
      for (const losses of [1, 2, 3]) {
        const [claimed] = await store.attempts.claim([id], { ...byWorker, alone: losses > 1 });
        expect(await begun(store, must(claimed), 30_000)).toMatchObject({ attempt: losses });
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
      // On a slow machine the first ones started so long before the last ones that their leases end here.
      const early = await pass(fixture, 25_000);
      await advance(5_000);
      const sweeps = await Promise.all(
        Array.from({ length: 10 }, () => store.leases.releaseLost({ ...cap, limit: 7 })),
      );
      const released = [early, ...sweeps].flatMap(({ requeued }) => requeued.map((job) => job.id));
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
        expect(await store.leases.releaseLost(cap)).toEqual(nothing);
        // Its worker reaches the database again only now, and late.
        expect(await pass(fixture, 35_000)).toEqual(nothing);
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
        expect(await store.leases.releaseLost(cap)).toEqual(nothing);
        expect(await store.attempts.heartbeat(attemptOf(job), 30_000, {})).toBe(true);
        expect(await pass(fixture, 25_000)).toEqual(nothing);
      }
    });

    test("are given back without delay when the process that looked for them was away, if another one marked meanwhile", async () => {
      await using fixture = await create();
      const { store, advance } = fixture;
      await steady(fixture);
      const job = await started(store);
      for (let step = 0; step < 6; step++) {
        await advance(5_000);
        await store.leases.markReachable(cap.leaseMs);
      }
      await advance(1_000);
      const { requeued } = await store.leases.releaseLost(cap);
      expect(requeued).toMatchObject([{ id: job.id, state: "queued", lostWorkers: 1 }]);
    });

    test("cost nothing to a job whose attempt had not begun: it keeps its place and runs beside others", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const first = await created(store);
      await created(store);
      await steady(fixture);
      await store.attempts.claim([first.id], byWorker);
      expect(await pass(fixture, 20_000)).toEqual(nothing);
      const { requeued, failed, unbegun } = await pass(fixture, 10_000);
      expect([requeued, failed]).toEqual([[], []]);
      expect(unbegun).toMatchObject([
        { id: first.id, state: "queued", attempt: 1, lostWorkers: 0, failures: 0, alone: false, error: null },
      ]);
      expect(unbegun).toMatchObject([{ worker: null, leaseUntil: null, stage: null, nextAttemptAt: null }]);
      expect(await store.attempts.claimNext(1, byWorker)).toMatchObject([{ id: first.id, attempt: 2 }]);
      expect(await store.attempts.heartbeat({ jobId: first.id, attempt: 1 }, 1_000, { stage: "resolving" })).toBe(
        false,
      );
    });

    test("are known by name and host, and their leases can be ended at once", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const ids = await Promise.all(Array.from({ length: 4 }, async () => (await created(store)).id));
      const workers = ["b", "a", "b", "c"];
      for (const [index, id] of ids.entries()) {
        const claim = { worker: must(workers[index]), host: index === 3 ? "other" : "here", leaseMs: 30_000 };
        await begun(store, must((await store.attempts.claim([id], claim))[0]), 30_000);
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
}
