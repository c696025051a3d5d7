import { anError, attemptOf, byWorker, created, type DatabaseSuite, must, started } from "./database/fixture.ts";

/** What every `QueueStates` must do. */
export function queueStatesConformance({ describe, test, expect, create }: DatabaseSuite): void {
  describe("the state of the queue", () => {
    test("counts what could run by lane, with the age of the oldest, and what waits by its reason", async () => {
      await using fixture = await create();
      const { store } = fixture;
      await created(store, { priority: "low" });
      await fixture.advance(30_000);
      await created(store, { priority: "low" });
      await created(store, { priority: "high" });
      await created(store, { scheduledFor: new Date(Date.now() + 365 * 86_400_000) });
      const later = { delayMs: 3_600_000, countsAsFailure: true };
      await store.attempts.requeue(attemptOf(await started(store)), { error: anError, ...later });
      const limited = { ...anError, code: "rate_limited" as const };
      await store.attempts.requeue(attemptOf(await started(store)), { error: limited, ...later });
      await started(store);
      const { lanes, waiting, running, isWhole } = await store.queueStates.read(100);
      expect({ waiting, running, isWhole }).toEqual({
        ...{ waiting: { schedule: 1, retry: 1, egress: 1 }, running: 1, isWhole: true },
      });
      expect([lanes.high.depth, lanes.normal, lanes.low.depth]).toEqual([1, { depth: 0, oldestAgeMs: null }, 2]);
      expect(must(lanes.low.oldestAgeMs)).toBeGreaterThanOrEqual(30_000);
      expect(must(lanes.high.oldestAgeMs)).toBeLessThan(30_000);
      expect(await store.queueStates.read(2)).toMatchObject({ isWhole: false });
    });

    test("tells jobs that wait for their owner's limit from those that a free worker would take, and when owners take turns", async () => {
      await using fixture = await create();
      const { store } = fixture;
      await store.accounts.limit("ada", { runningJobs: 2 });
      await started(store);
      for (let count = 0; count < 3; count += 1) await created(store);
      await created(store, { priority: "high" });
      const alone = await store.queueStates.read(100);
      expect(alone).toMatchObject({ waiting: { quota: 3 }, running: 1 });
      expect([alone.lanes.high.depth, alone.lanes.normal]).toEqual([1, { depth: 0, oldestAgeMs: null }]);
      await created(store, { owner: "bob" });
      await created(store, { owner: "bob" });
      const both = await store.queueStates.read(100);
      expect(both.waiting).toEqual({ quota: 3, fair_share: 3 });
      expect([both.lanes.high.depth, both.lanes.normal.depth]).toEqual([1, 2]);
      await store.accounts.limit("ada", { runningJobs: null });
      expect((await store.queueStates.read(100)).waiting).toEqual({ fair_share: 6 });
    });

    test("has the jobs that lost too many workers as dead letters, page by page, until they are retried", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const poison = [await started(store), await started(store), await started(store)];
      await store.leases.expire([byWorker.worker]);
      await store.leases.releaseLost({ maxLostWorkers: 1, limit: 10, leaseMs: 15_000 });
      await store.attempts.fail(attemptOf(await started(store)), anError);
      const first = await store.queueStates.deadLetters({ limit: 2 });
      expect(first).toHaveLength(2);
      const after = must(first[1]);
      const rest = await store.queueStates.deadLetters({ limit: 2, after });
      expect([...first, ...rest].map(({ id }) => id).toSorted()).toEqual(poison.map(({ id }) => id).toSorted());
      await store.jobs.move(after.id, null, "retry");
      expect(await store.queueStates.deadLetters({ limit: 10 })).toHaveLength(2);
    });
  });
}
