import type { AttemptRef, Database, EndedJob, Job } from "@vidferry/core";
import {
  aMedia,
  anArtifact,
  anError,
  aResult,
  attemptOf,
  byWorker,
  created,
  type DatabaseSuite,
  must,
  started,
} from "./database/fixture.ts";

const succeed = (store: Database, ref: AttemptRef, bytes = 1_000): Promise<Job | null> =>
  store.attempts.succeed(ref, { ...aResult, artifacts: [{ ...anArtifact, bytes, storageKey: `${ref.jobId}/1` }] });

const all = (store: Database): Promise<readonly EndedJob[]> => store.history.list({ owner: null, limit: 1_000 });

/** What every `History` must do. */
export function historyConformance({ describe, test, expect, create }: DatabaseSuite): void {
  describe("history", () => {
    test("tells of every way a job ends, in the transaction that ends it", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const good = await started(store, { labels: { project: "x" } });
      await fixture.advance(5_000);
      const succeeded = must(await succeed(store, attemptOf(good)));
      const bad = await started(store);
      await store.attempts.fail(attemptOf(bad), anError);
      const dropped = await created(store, { owner: "bob" });
      await store.jobs.move(dropped.id, null, "cancel");
      const poison = await started(store);
      await store.leases.expire([byWorker.worker]);
      await store.leases.releaseLost({ maxLostWorkers: 1, limit: 10, leaseMs: 15_000 });

      const entries = new Map((await all(store)).map((entry) => [entry.jobId, entry]));
      expect(entries.size).toBe(4);
      expect(entries.get(good.id)).toEqual({
        ...{ jobId: good.id, owner: "ada", state: "succeeded", code: null },
        ...{ url: good.request.url, title: aMedia.title, labels: { project: "x" }, host: "youtube.com" },
        ...{ output: "video", files: 1, bytes: 1_000, attempts: 1 },
        ...{ createdAt: must(await store.jobs.get(good.id, null)).createdAt },
        ...{ startedAt: succeeded.startedAt, endedAt: must(succeeded.finishedAt) },
      });
      expect(entries.get(bad.id)).toMatchObject({ state: "failed", code: anError.code, files: 0, bytes: 0 });
      expect(entries.get(dropped.id)).toMatchObject({
        ...{ state: "canceled", owner: "bob", code: null, startedAt: null, attempts: 0 },
      });
      expect(entries.get(poison.id)).toMatchObject({ state: "failed", code: "worker_lost" });
    });

    test("says nothing of attempts that do not end their job, nor of writes that were fenced off or undone", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const job = await started(store);
      await store.attempts.requeue(attemptOf(job), { error: anError, delayMs: 0, countsAsFailure: true });
      await succeed(store, attemptOf(job));
      const other = await started(store);
      const undone = store.transaction(async (tx) => {
        await tx.attempts.fail(attemptOf(other), anError);
        throw new Error("something else failed");
      });
      await expect(undone).rejects.toThrow();
      expect(await all(store)).toEqual([]);
    });

    test("has an entry for each end of a job that was retried by hand", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const job = await started(store);
      await store.attempts.fail(attemptOf(job), anError);
      await fixture.advance(60_000);
      await store.jobs.move(job.id, null, "retry");
      const [again] = await store.attempts.claim([job.id], byWorker);
      await fixture.advance(60_000);
      await succeed(store, attemptOf(must(again)));
      expect((await all(store)).map(({ state, attempts }) => [state, attempts])).toEqual([
        ["succeeded", 2],
        ["failed", 1],
      ]);
    });

    test("goes page by page through one owner's ends, the latest first, between two times", async () => {
      await using fixture = await create();
      const { store } = fixture;
      for (let number = 0; number < 6; number += 1) {
        const { id } = await created(store, { owner: number === 2 ? "bob" : "ada" });
        await store.jobs.move(id, null, "cancel");
        await fixture.advance(60_000);
      }
      const whole = await store.history.list({ owner: "ada", limit: 10 });
      expect(whole).toHaveLength(5);
      expect(whole.map(({ endedAt }) => Number(endedAt))).toEqual(
        whole.map(({ endedAt }) => Number(endedAt)).toSorted((a, b) => b - a),
      );
      const paged: EndedJob[] = [];
      for (let last: EndedJob | undefined; ; last = paged.at(-1)) {
        const page = await store.history.list({ owner: "ada", limit: 2, ...(last && { after: last }) });
        if (page.length === 0) break;
        paged.push(...page);
      }
      expect(paged).toEqual([...whole]);
      const [from, to] = [must(whole[3]).endedAt, must(whole[1]).endedAt];
      expect(await store.history.list({ owner: "ada", from, to, limit: 10 })).toEqual(whole.slice(2, 4));
    });

    test("keeps no link, title or labels of a deleted job, and counts one that was deleted before its end as canceled", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const done = await started(store, { labels: { who: "ada@example.com" } });
      await succeed(store, attemptOf(done), 77);
      const running = await started(store, { labels: { who: "ada@example.com" } });
      for (const { id } of [done, running]) await store.jobs.remove(id, null);
      const entries = await all(store);
      const nothing = { url: null, title: null, labels: null };
      expect(entries.find(({ jobId }) => jobId === done.id)).toMatchObject({
        ...nothing,
        state: "succeeded",
        bytes: 77,
      });
      expect(entries.find(({ jobId }) => jobId === running.id)).toMatchObject({ ...nothing, state: "canceled" });
    });

    test("forgets what is old once it was counted, the oldest first, in batches", async () => {
      await using fixture = await create();
      const { store } = fixture;
      for (let number = 0; number < 3; number += 1) {
        await store.jobs.move((await created(store)).id, null, "cancel");
        await fixture.advance(60_000);
      }
      expect(await store.history.prune(90_000, 10)).toBe(0);
      await store.stats.countEnded(10);
      expect(await store.history.prune(90_000, 1)).toBe(1);
      expect(await store.history.prune(90_000, 10)).toBe(1);
      expect(await all(store)).toHaveLength(1);
    });
  });
}
