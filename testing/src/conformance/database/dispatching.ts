import type { JobId, Priority } from "@vidferry/core";
import {
  anError,
  attemptOf,
  byWorker,
  created,
  type DatabaseFixture,
  type DatabaseSuite,
  must,
  started,
} from "./fixture.ts";

const minute = 60_000;

/** Which jobs are offered to workers, and in which order. */
export function dispatchingConformance({ describe, test, expect, create }: DatabaseSuite): void {
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
      expect(
        (await store.leases.releaseLost({ maxLostWorkers: 3, limit: 100, leaseMs: 30_000 })).requeued,
      ).toMatchObject([{ id: job.id, lostWorkers: 1 }]);
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

  describe("jobs that are due or were not claimed", () => {
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
  });
}
