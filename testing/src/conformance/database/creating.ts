import { noProgress } from "@vidferry/core";
import { attemptOf, created, type DatabaseSuite, must, newId, newJob, started } from "./fixture.ts";

/** Creating, reading and deleting jobs. */
export function creatingConformance({ describe, test, expect, create }: DatabaseSuite): void {
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  describe("creating", () => {
    test("returns a new job with every field, and reads it back the same", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const request = newJob({
        labels: { project: "x" },
        priority: "high",
        maxAttempts: 7,
        requestId: "req-1",
        traceparent,
      });
      const outcome = await store.jobs.create(request);
      if (outcome.kind !== "created") throw new Error(outcome.kind);
      expect(outcome.job).toEqual({
        id: request.id,
        owner: "ada",
        state: "queued",
        stage: null,
        progress: noProgress,
        request: request.request,
        media: null,
        artifacts: [],
        attempt: 0,
        failures: 0,
        lostWorkers: 0,
        alone: false,
        maxAttempts: 7,
        nextAttemptAt: null,
        waiting: null,
        error: null,
        warnings: [],
        priority: "high",
        labels: { project: "x" },
        engine: null,
        worker: null,
        leaseUntil: null,
        requestId: "req-1",
        traceparent,
        batchId: null,
        scheduleId: null,
        reusedFrom: null,
        reuseKey: null,
        joinedAt: null,
        finishAskedAt: null,
        host: null,
        createdAt: outcome.job.createdAt,
        updatedAt: outcome.job.createdAt,
        scheduledFor: null,
        startedAt: null,
        finishedAt: null,
        expiresAt: null,
      });
      expect(outcome.job.createdAt).toBeInstanceOf(Date);
      expect(await store.jobs.get(request.id, "ada")).toEqual(outcome.job);
    });

    test("schedules a job for a time ahead, and queues one whose time has passed", async () => {
      await using fixture = await create();
      const ahead = await created(fixture.store, { scheduledFor: new Date(Date.now() + 3_600_000) });
      const past = await created(fixture.store, { scheduledFor: new Date(0) });
      expect(ahead.state).toBe("scheduled");
      expect(past.state).toBe("queued");
      expect(past.scheduledFor).toEqual(new Date(0));
      const ancient = await created(fixture.store, { scheduledFor: new Date("0000-01-01T00:00:00Z") });
      expect(ancient).toMatchObject({ state: "queued", scheduledFor: new Date(0) });
    });

    test("answers a repeated idempotency key with the job as it is now, and refuses another request", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const idempotency = { key: "k", fingerprint: "f" };
      const first = await started(store, { idempotency });
      expect(await store.jobs.create(newJob({ idempotency }))).toEqual({ kind: "repeated", job: first });
      const other = { key: "k", fingerprint: "g" };
      expect(await store.jobs.create(newJob({ idempotency: other }))).toEqual({ kind: "conflict" });
      expect((await store.jobs.create(newJob({ owner: "bob", idempotency: other }))).kind).toBe("created");
      expect(await store.jobs.list({ owner: "ada", limit: 10 })).toHaveLength(1);
    });

    test("forgets an idempotency key with its job", async () => {
      await using fixture = await create();
      const idempotency = { key: "k", fingerprint: "f" };
      const { id } = await created(fixture.store, { idempotency });
      expect((await fixture.store.jobs.remove(id, "ada"))?.id).toBe(id);
      expect((await fixture.store.jobs.create(newJob({ idempotency }))).kind).toBe("created");
    });

    test("makes one job of twenty creates with one key at the same time", async () => {
      await using fixture = await create();
      const idempotency = { key: "race", fingerprint: "f" };
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, () => fixture.store.jobs.create(newJob({ idempotency }))),
      );
      expect(outcomes.filter((outcome) => outcome.kind === "created")).toHaveLength(1);
      const ids = outcomes.map((outcome) => (outcome.kind === "conflict" ? null : outcome.job.id));
      expect(new Set(ids).size).toBe(1);
    });

    test("creates many at once, each answered with its own job", async () => {
      await using fixture = await create();
      const wanted = Array.from({ length: 300 }, (_, index) => newJob({ labels: { n: String(index) } }));
      const outcomes = await Promise.all(wanted.map((job) => fixture.store.jobs.create(job)));
      outcomes.forEach((outcome, index) => {
        if (outcome.kind !== "created") throw new Error(outcome.kind);
        expect(outcome.job.id).toBe(must(wanted[index]).id);
        expect(outcome.job.labels).toEqual({ n: String(index) });
      });
    });

    test("refuses a second job of one id, and spoils no other with it", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const twice = newJob();
      await store.jobs.create(twice);
      const [again, other] = await Promise.allSettled([store.jobs.create(twice), store.jobs.create(newJob())]);
      expect(again).toMatchObject({ status: "rejected", reason: { code: "internal_error" } });
      expect(other).toMatchObject({ status: "fulfilled", value: { kind: "created" } });
    });

    test("keeps any text, and drops only what no database takes", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const labels = { plain: 'it\'s "quoted" \\ % _ \u{1F600} \u202E', nul: "a\0b", half: "a\uD800b" };
      const job = await started(store, { labels, owner: "Zoë\0" });
      expect(job.labels).toEqual({ plain: labels.plain, nul: "ab", half: "a\uFFFDb" });
      expect(job.owner).toBe("Zoë");
      const title = "nul \0 and \\u0000 and \uDC00";
      const media = {
        extractor: "x",
        id: "1",
        title,
        channel: null,
        durationSeconds: null,
        webpageUrl: "https://x.example/",
      };
      const full = { ...media, thumbnailUrl: null, uploadedAt: null, isLive: false, chapters: [] };
      expect(await store.attempts.heartbeat(attemptOf(job), 1000, { media: full })).toBe(true);
      expect((await store.jobs.get(job.id, "Zoë\0"))?.media?.title).toBe("nul  and \\u0000 and \uFFFD");
    });
  });

  describe("ownership", () => {
    test("shows, moves and deletes nothing of another owner", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const job = await created(store);
      expect(await store.jobs.get(job.id, "bob")).toBeNull();
      expect(await store.jobs.move(job.id, "bob", "cancel")).toBeNull();
      expect(await store.jobs.remove(job.id, "bob")).toBeNull();
      expect(await store.jobs.list({ owner: "bob", limit: 10 })).toEqual([]);
      expect(await store.jobs.get(job.id, null)).toEqual(job);
      expect(await store.jobs.list({ owner: null, limit: 10 })).toEqual([job]);
    });

    test("deletes a job in any state once, with its labels", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const job = await started(store, { labels: { a: "b" } });
      expect(await store.jobs.remove(job.id, null)).toEqual(job);
      expect(await store.jobs.remove(job.id, null)).toBeNull();
      expect(await store.jobs.get(job.id, null)).toBeNull();
      expect(await store.jobs.list({ owner: "ada", labels: { a: "b" }, limit: 10 })).toEqual([]);
      expect(await store.attempts.heartbeat(attemptOf(job), 1000, {})).toBe(false);
      expect(await store.jobs.get(newId(), null)).toBeNull();
    });
  });

  describe("closing", () => {
    test("lets running writes end, and refuses later calls", async () => {
      await using fixture = await create();
      const { store } = fixture;
      await created(store);
      const running = Promise.allSettled(Array.from({ length: 5 }, () => store.jobs.create(newJob())));
      await running;
      await store.close();
      await store.close();
      await expect(store.dispatch.nextQueued(1)).rejects.toMatchObject({ code: "unavailable" });
      await expect(store.check()).rejects.toMatchObject({ code: "unavailable" });
    });

    test("passes its check while it is open", async () => {
      await using fixture = await create();
      await fixture.store.check();
      await expect(fixture.store.check(AbortSignal.abort())).rejects.toThrow();
      expect(must(await fixture.store.jobs.countByState()).queued).toBe(0);
    });
  });
}
