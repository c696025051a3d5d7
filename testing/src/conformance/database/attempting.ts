import type { Job } from "@vidferry/core";
import { noProgress } from "@vidferry/core";
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
  newId,
  started,
} from "./fixture.ts";

const lease = (job: Job): number => Number(job.leaseUntil) - Number(job.updatedAt);

/** Claims, and the fenced writes of an attempt. */
export function attemptingConformance({ describe, test, expect, create }: DatabaseSuite): void {
  describe("claiming", () => {
    test("starts an attempt with a lease, and leaves out what it cannot have", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const job = await created(store);
      const running = await started(store);
      const [claimed, ...others] = await store.attempts.claim([running.id, job.id, newId(), job.id], byWorker);
      expect(others).toEqual([]);
      expect(claimed).toMatchObject({
        id: job.id,
        state: "running",
        stage: null,
        attempt: 1,
        worker: "worker-1",
      });
      expect(claimed).toMatchObject({ host: "host-1", nextAttemptAt: null, finishedAt: null });
      expect(lease(must(claimed))).toBe(30_000);
      expect(claimed?.startedAt).toEqual(must(claimed).updatedAt);
      expect(await store.attempts.claim([], byWorker)).toEqual([]);
    });

    test("gives each of 200 jobs to one of 20 claimers", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const jobs = await Promise.all(Array.from({ length: 200 }, () => created(store)));
      const claims = await Promise.all(
        Array.from({ length: 20 }, async (_, claimer) => {
          const mine: string[] = [];
          for (let tries = 0; tries < 100; tries += 1) {
            const hints = await store.dispatch.nextQueued(15);
            if (hints.length === 0) break;
            // Each in another order, so that the claims contend for locks.
            const ids = hints.map((hint) => hint.jobId);
            if (claimer % 2) ids.reverse();
            const got = await store.attempts.claim(ids, { ...byWorker, worker: `worker-${claimer}` });
            mine.push(...got.map((job) => job.id));
          }
          return mine;
        }),
      );
      expect(claims.flat().sort()).toEqual(jobs.map((job) => job.id as string).sort());
    });
  });

  describe("a claim that was not answered", () => {
    test("shows what it started when its worker asks, each with a new lease, and nothing else", async () => {
      await using fixture = await create();
      const { store, advance } = fixture;
      const lost = must((await store.attempts.claim([(await created(store)).id], byWorker))[0]);
      const known = must((await store.attempts.claim([(await created(store)).id], byWorker))[0]);
      await started(store);
      await store.attempts.claim([(await created(store)).id], { ...byWorker, worker: "worker-2" });
      await created(store);
      await advance(20_000);
      const adopted = await store.attempts.adopt([attemptOf(known)], byWorker);
      expect(adopted).toMatchObject([{ id: lost.id, state: "running", attempt: 1, worker: "worker-1", stage: null }]);
      expect(lease(must(adopted[0]))).toBe(30_000);
      expect(await store.attempts.succeed(attemptOf(lost), aResult)).toMatchObject({ state: "succeeded", attempt: 1 });
      expect(await store.attempts.adopt([attemptOf(known)], byWorker)).toEqual([]);
      expect(await store.attempts.adopt([], { ...byWorker, worker: "worker-3" })).toEqual([]);
      // Of a known job, another attempt than the one that runs.
      await store.attempts.requeue(attemptOf(known), { error: null, delayMs: 0, countsAsFailure: false });
      await store.attempts.claim([known.id], byWorker);
      expect(await store.attempts.adopt([attemptOf(known)], byWorker)).toMatchObject([{ id: known.id, attempt: 2 }]);
    });
  });

  describe("an attempt", () => {
    test("keeps its lease by heartbeats, which write what they name and nothing else", async () => {
      await using fixture = await create();
      const { store, advance } = fixture;
      const job = await started(store);
      await advance(20_000);
      const progress = { ...noProgress, percent: 12.5, downloadedBytes: 3_000_000_000, totalBytes: 2 ** 45 };
      expect(await store.attempts.heartbeat(attemptOf(job), 45_000, { stage: "downloading", progress })).toBe(true);
      expect(
        await store.attempts.heartbeat(attemptOf(job), 45_000, { media: aMedia, engine: { ytDlp: "1", ffmpeg: null } }),
      ).toBe(true);
      expect(await store.attempts.heartbeat(attemptOf(job), 45_000, { warnings: aResult.warnings })).toBe(true);
      const after = must(await store.jobs.get(job.id, null));
      expect(after).toMatchObject({ stage: "downloading", progress, media: aMedia, warnings: aResult.warnings });
      expect(after.engine).toEqual({ ytDlp: "1", ffmpeg: null });
      expect(lease(after)).toBe(45_000);
      expect(await store.leases.releaseLost({ maxLostWorkers: 3, limit: 10, leaseMs: 30_000 })).toEqual({
        requeued: [],
        failed: [],
        unbegun: [],
      });
    });

    test("ends in success with everything it made", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const job = await started(store);
      const done = must(await store.attempts.succeed(attemptOf(job), aResult));
      expect(done).toMatchObject({ state: "succeeded", stage: null, worker: null, leaseUntil: null, error: null });
      expect(done.artifacts).toEqual([anArtifact]);
      expect(done.progress).toEqual(aResult.progress);
      expect(done.media).toEqual(aMedia);
      expect(done.warnings).toEqual(aResult.warnings);
      expect(done.engine).toEqual(aResult.engine);
      expect(done.finishedAt).toEqual(done.updatedAt);
      expect(Number(done.expiresAt) - Number(done.finishedAt)).toBe(60_000);
      expect(await store.jobs.get(job.id, "ada")).toEqual(done);
    });

    test("keeps what it learned of the media when the result does not repeat it", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const job = await started(store);
      await store.attempts.heartbeat(attemptOf(job), 1000, {
        media: aMedia,
        engine: aResult.engine ?? { ytDlp: null, ffmpeg: null },
      });
      const result = { ...aResult, media: null, engine: null, retentionMs: null };
      const done = must(await store.attempts.succeed(attemptOf(job), result));
      expect(done.media).toEqual(aMedia);
      expect(done.engine).toEqual(aResult.engine);
      expect(done.expiresAt).toBeNull();
    });

    test("goes back to the queue with its error, and is not offered before its time", async () => {
      await using fixture = await create();
      const { store, advance } = fixture;
      const job = await started(store);
      const back = must(
        await store.attempts.requeue(attemptOf(job), { error: anError, delayMs: 5000, countsAsFailure: true }),
      );
      expect(back).toMatchObject({
        state: "queued",
        stage: null,
        worker: null,
        failures: 1,
        error: anError,
        host: "host-1",
      });
      expect(Number(back.nextAttemptAt) - Number(back.updatedAt)).toBe(5000);
      expect(await store.dispatch.nextQueued(10)).toEqual([]);
      expect(await store.dispatch.takeUnoffered(0, 10)).toEqual([]);
      expect(await store.attempts.claim([job.id], byWorker)).toEqual([]);
      await advance(5000);
      expect(await store.dispatch.nextQueued(10)).toHaveLength(1);
      const [again] = await store.attempts.claim([job.id], byWorker);
      expect(again).toMatchObject({
        attempt: 2,
        failures: 1,
        nextAttemptAt: null,
        error: anError,
        progress: noProgress,
      });
      expect(await store.attempts.succeed(attemptOf(must(again)), aResult)).toMatchObject({ error: null, failures: 1 });
    });

    test("waits however long a source asks for, in dates that can be read again", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const job = await started(store);
      const delayMs = 8.64e15;
      const back = must(
        await store.attempts.requeue(attemptOf(job), { error: anError, delayMs, countsAsFailure: true }),
      );
      expect(Number(back.nextAttemptAt)).toBeGreaterThan(Date.now());
      expect(await store.jobs.get(job.id, null)).toEqual(back);
      expect(await store.dispatch.nextQueued(5)).toEqual([]);
    });

    test("goes back at once when it was drained, without a failure", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const job = await started(store);
      const back = await store.attempts.requeue(attemptOf(job), { error: null, delayMs: 0, countsAsFailure: false });
      expect(back).toMatchObject({ state: "queued", failures: 0, error: null, nextAttemptAt: null });
      expect(await store.attempts.claim([job.id], byWorker)).toMatchObject([{ attempt: 2 }]);
    });

    test("writes nothing once a newer attempt runs", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const old = await started(store);
      await store.attempts.requeue(attemptOf(old), { error: null, delayMs: 0, countsAsFailure: false });
      const [current] = await store.attempts.claim([old.id], { ...byWorker, worker: "worker-2" });
      expect(await store.attempts.heartbeat(attemptOf(old), 1000, { progress: aResult.progress })).toBe(false);
      expect(await store.attempts.succeed(attemptOf(old), aResult)).toBeNull();
      expect(await store.attempts.fail(attemptOf(old), anError)).toBeNull();
      expect(
        await store.attempts.requeue(attemptOf(old), { error: anError, delayMs: 0, countsAsFailure: true }),
      ).toBeNull();
      expect(await store.jobs.get(old.id, null)).toEqual(must(current));
    });

    test("ends once, however many ends are written at the same time", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const ref = attemptOf(await started(store));
      const ends = await Promise.all([
        store.attempts.succeed(ref, aResult),
        store.attempts.fail(ref, anError),
        store.attempts.requeue(ref, { error: null, delayMs: 0, countsAsFailure: false }),
        store.jobs.move(ref.jobId, null, "pause"),
        store.attempts.succeed(ref, aResult),
      ]);
      const winners = ends.filter((end) => end !== null);
      // A requeued job may be paused after it; the attempt itself ends once.
      expect(winners.filter((end) => end.state !== "paused").length).toBeLessThanOrEqual(1);
      expect(winners.length).toBeGreaterThanOrEqual(1);
    });
  });
}
