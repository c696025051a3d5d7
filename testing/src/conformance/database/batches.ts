import type { Batch, BatchEntry, Database, NewBatch } from "@vidferry/core";
import { AppError, DownloadTemplate, nothingToRead } from "@vidferry/core";
import { anError, attemptOf, created, type DatabaseSuite, must, newJob, started } from "./fixture.ts";

let serial = 0;
const newId = (): Batch["id"] => {
  serial += 1;
  return `bat_${serial.toString(16).padStart(32, "0")}`;
};

const newBatch = (changes: Partial<NewBatch> = {}): NewBatch => ({
  id: newId(),
  owner: "ada",
  title: null,
  source: { url: "https://www.youtube.com/playlist?list=PL1", order: "source" },
  request: DownloadTemplate.parse({}),
  labels: { project: "x" },
  maxAttempts: 3,
  scheduleId: null,
  onlyNew: false,
  checkpoint: nothingToRead,
  requestId: "req-1",
  traceparent: null,
  ...changes,
});

const entry = (position: number, changes: Partial<BatchEntry> = {}): BatchEntry => ({
  key: `https://www.youtube.com/watch?v=${position}`,
  position,
  url: `https://www.youtube.com/watch?v=${position}`,
  title: `Title ${position}`,
  skipped: null,
  ...changes,
});
const skipped = { code: "video_private", detail: "It is private." } as const;
const leaseMs = 30_000;

/** Makes jobs of what waits, as an expansion does. */
async function makeJobs(store: Database, batch: Batch, changes: object = {}): Promise<void> {
  const entries = await store.batches.waiting(batch.id, 100);
  for (const { url } of entries) await created(store, { ...newJob({}, { url }), batchId: batch.id, ...changes });
  await store.batches.markMade(batch.id, entries);
  await store.batches.expanded(batch, { state: "running" });
}

/** Batches, their entries, and who may write them. */
export function batchesConformance({ describe, test, expect, create }: DatabaseSuite): void {
  describe("batches", () => {
    test("come back with every field, to their owner alone, newest first", async () => {
      await using fixture = await create();
      const { batches } = fixture.store;
      const fresh = newBatch({ scheduleId: `sch_${"0".repeat(31)}1`, onlyNew: true });
      const batch = await batches.insert(fresh);
      expect(batch).toMatchObject({ ...fresh, state: "expanding", expansion: 0, failures: 0, error: null });
      expect(batch.counts.total).toBe(0);
      expect(await batches.get(batch.id, "ada")).toEqual(batch);
      expect(await batches.get(batch.id, null)).toEqual(batch);
      expect(await batches.get(batch.id, "bob")).toBeNull();
      await fixture.advance(1_000);
      const later = await batches.insert(newBatch());
      const ids = async (query: object) =>
        (await batches.list({ owner: "ada", limit: 10, ...query })).map(({ id }) => id);
      expect(await ids({})).toEqual([later.id, batch.id]);
      expect(await ids({ limit: 1 })).toEqual([later.id]);
      expect(await ids({ after: later })).toEqual([batch.id]);
      expect(await ids({ scheduleId: fresh.scheduleId })).toEqual([batch.id]);
      expect(await ids({ states: ["running"] })).toEqual([]);
      expect(await ids({ owner: "bob" })).toEqual([]);
      expect(await batches.remove(batch.id, "bob")).toBe(false);
      expect(await batches.remove(batch.id, "ada")).toBe(true);
      expect(await batches.get(batch.id, null)).toBeNull();
    });

    test("are expanded by one at a time, and what a superseded expansion writes changes nothing", async () => {
      await using fixture = await create();
      const { batches } = fixture.store;
      const { id } = await batches.insert(newBatch());
      const claims = await Promise.all([batches.claim(leaseMs), batches.claim(leaseMs), batches.claim(leaseMs)]);
      const [first] = claims.filter((claim) => claim !== null);
      expect(claims.filter((claim) => claim !== null)).toHaveLength(1);
      expect(must(first ?? null)).toMatchObject({ id, expansion: 1 });
      await fixture.advance(leaseMs + 1);
      const second = must(await batches.claim(leaseMs));
      expect(second.expansion).toBe(2);
      const old = must(first ?? null);
      expect(await batches.hold(old, leaseMs)).toBe(false);
      await batches.expanded(old, { title: "old", state: "running" });
      await batches.postpone(old, 0);
      expect(must(await batches.get(id, null))).toMatchObject({ state: "expanding", title: null });
      expect(await batches.claim(leaseMs)).toBeNull();
      expect(await batches.hold(second, leaseMs)).toBe(true);
      const checkpoint = { ...nothingToRead, offset: 100, tail: ["a"], lists: [{ url: "https://x", isNested: true }] };
      await batches.expanded(second, { title: "new", checkpoint, error: anError, failures: 2 });
      await batches.postpone(second, 60_000);
      expect(await batches.claim(leaseMs)).toBeNull();
      await fixture.advance(60_001);
      expect(must(await batches.claim(leaseMs))).toMatchObject({
        ...{ expansion: 3, title: "new", checkpoint, error: anError, failures: 2 },
      });
    });

    test("keep each entry once, give them in their order, and say what was skipped", async () => {
      await using fixture = await create();
      const { batches } = fixture.store;
      const { id } = await batches.insert(newBatch());
      const first = [entry(2), entry(0), entry(1, { skipped }), entry(3, { key: entry(2).key })];
      expect(await batches.addEntries(id, first)).toEqual(first.slice(0, 3));
      expect(await batches.addEntries(id, [entry(9, { key: entry(0).key }), entry(4)])).toEqual([entry(4)]);
      expect((await batches.waiting(id, 10)).map(({ position }) => position)).toEqual([0, 2, 4]);
      expect(await batches.waiting(id, 1)).toEqual([entry(0)]);
      expect(await batches.skipped(id, 10)).toEqual([entry(1, { skipped })]);
      expect(await batches.skipped(id, 10, 1)).toEqual([]);
      await batches.markMade(id, [entry(0), entry(2)]);
      expect(await batches.countMade(id)).toBe(2);
      expect((await batches.waiting(id, 10)).map(({ position }) => position)).toEqual([4]);
      expect(must(await batches.get(id, null)).counts).toMatchObject({ total: 2, skipped: 1 });
      await batches.dropWaiting(id);
      expect(await batches.waiting(id, 10)).toEqual([]);
      expect(await batches.addEntries(id, [entry(7, { key: entry(0).key })])).toEqual([]);
    });

    test("count their jobs as they are, and end with the last of them", async () => {
      await using fixture = await create();
      const { store } = fixture;
      await store.batches.insert(newBatch());
      const batch = must(await store.batches.claim(leaseMs));
      await store.batches.addEntries(batch.id, [entry(0), entry(1), entry(2, { skipped })]);
      await makeJobs(store, batch);
      const running = await started(store, { batchId: batch.id });
      const attempt = attemptOf(running);
      const progress = {
        percent: 50,
        downloadedBytes: 3_000_000_000,
        totalBytes: null,
        bytesPerSecond: null,
        etaSeconds: null,
      };
      await store.attempts.heartbeat(attempt, leaseMs, { progress });
      const now = must(await store.batches.get(batch.id, null));
      expect(now.state).toBe("running");
      expect(now.counts).toMatchObject({ total: 4, queued: 2, running: 1, skipped: 1 });
      expect(now.progress).toEqual({ percent: 16.7, downloadedBytes: 3_000_000_000 });
      expect(await store.batches.settle(10)).toEqual([]);
      must(await store.attempts.fail(attempt, anError));
      for (const job of await store.jobs.list({ owner: "ada", batchId: batch.id, states: ["queued"], limit: 9 }))
        await store.jobs.move(job.id, "ada", "cancel");
      const [ended] = await store.batches.settle(10);
      expect(ended).toMatchObject({ id: batch.id, state: "finished" });
      expect(ended?.counts).toMatchObject({ total: 4, failed: 1, canceled: 2, skipped: 1 });
      expect(ended?.finishedAt).toBeInstanceOf(Date);
      expect(await store.batches.settle(10)).toEqual([]);
      expect(must(await store.batches.reopen(batch.id, "ada")).state).toBe("running");
      expect(await store.batches.reopen(batch.id, "bob")).toBeNull();
    });

    test("go on when one of their jobs is retried alone, and end again with it", async () => {
      await using fixture = await create();
      const { store } = fixture;
      for (const way of ["one", "many"] as const) {
        await store.batches.insert(newBatch());
        const batch = must(await store.batches.claim(leaseMs));
        await store.batches.addEntries(batch.id, [entry(0), entry(1)]);
        await makeJobs(store, batch);
        const jobs = await store.jobs.list({ owner: "ada", batchId: batch.id, limit: 9 });
        for (const { id } of jobs) await store.jobs.move(id, "ada", "cancel");
        expect(await store.batches.settle(10)).toMatchObject([{ id: batch.id, state: "finished" }]);
        const id = must(jobs[0] ?? null).id;
        if (way === "one") must(await store.jobs.move(id, "ada", "retry"));
        else expect((await store.jobs.moveAll([id], "ada", "retry")).moved).toHaveLength(1);
        const open = must(await store.batches.get(batch.id, null));
        expect(open).toMatchObject({ state: "running", finishedAt: null, counts: { queued: 1, canceled: 1 } });
        expect(await store.batches.settle(10)).toEqual([]);
        must(await store.jobs.move(id, "ada", "cancel"));
        expect(await store.batches.settle(10)).toMatchObject([{ id: batch.id, state: "finished" }]);
      }
    });

    test("that failed or were canceled are not read on because one of their jobs is retried", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const oneOf = async (): Promise<{ batch: Batch; retry: () => Promise<unknown> }> => {
        await store.batches.insert(newBatch());
        const batch = must(await store.batches.claim(leaseMs));
        await store.batches.addEntries(batch.id, [entry(0), entry(1)]);
        const job = await created(store, { ...newJob(), batchId: batch.id });
        await store.batches.markMade(batch.id, [entry(0)]);
        must(await store.jobs.move(job.id, "ada", "cancel"));
        return { batch, retry: () => store.jobs.move(job.id, "ada", "retry") };
      };
      const failed = await oneOf();
      await store.batches.expanded(failed.batch, { state: "running", error: anError });
      expect(await store.batches.settle(10)).toMatchObject([{ state: "failed" }]);
      await failed.retry();
      expect(must(await store.batches.get(failed.batch.id, null))).toMatchObject({ state: "running", error: anError });
      const canceled = await oneOf();
      must(await store.batches.cancel(canceled.batch.id, "ada"));
      await canceled.retry();
      expect(must(await store.batches.get(canceled.batch.id, null)).state).toBe("running");
      expect(await store.batches.claim(leaseMs)).toBeNull();
      const reading = await oneOf();
      await reading.retry();
      expect(must(await store.batches.get(reading.batch.id, null)).state).toBe("expanding");
      expect(await store.batches.hold(reading.batch, leaseMs)).toBe(true);
    });

    test("are kept for a time when they are over, and as long as they have jobs", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const over = async (jobs: number): Promise<Batch> => {
        await store.batches.insert(newBatch());
        const batch = must(await store.batches.claim(leaseMs));
        const entries = Array.from({ length: jobs }, (_, index) => entry(index));
        await store.batches.addEntries(batch.id, [...entries, entry(9, { skipped })]);
        await makeJobs(store, batch);
        for (const { id } of await store.jobs.list({ owner: "ada", batchId: batch.id, limit: 9 }))
          await store.jobs.move(id, "ada", "cancel");
        await store.batches.settle(10);
        return batch;
      };
      const [empty, full] = [await over(0), await over(1)];
      expect(await store.batches.removeOld(60_000, 10)).toBe(0);
      await fixture.advance(60_001);
      const young = await over(0);
      await store.batches.insert(newBatch());
      expect(await store.batches.removeOld(60_000, 10)).toBe(1);
      const left = (await store.batches.list({ owner: null, limit: 10 })).map(({ id }) => id);
      expect(left).toHaveLength(3);
      expect([full.id, young.id].every((id) => left.includes(id))).toBe(true);
      expect(await store.batches.skipped(empty.id, 10)).toEqual([]);
      for (const { id } of await store.jobs.list({ owner: "ada", batchId: full.id, limit: 9 }))
        await store.jobs.remove(id, "ada");
      expect(await store.batches.removeOld(60_000, 10)).toBe(1);
      expect(await store.batches.get(full.id, null)).toBeNull();
    });

    test("are expanded although the clock was ahead for a while", async () => {
      await using fixture = await create();
      const { batches } = fixture.store;
      await fixture.advance(30 * 86_400_000);
      await batches.insert(newBatch());
      must(await batches.claim(leaseMs));
      await fixture.advance(-30 * 86_400_000);
      expect(must(await batches.claim(leaseMs)).expansion).toBe(2);
      expect(await batches.claim(leaseMs)).toBeNull();
    });

    test("leave with the account that they are of", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const mine = await store.batches.insert(newBatch());
      const other = await store.batches.insert(newBatch({ owner: "bob" }));
      await store.batches.addEntries(mine.id, [entry(0), entry(1, { skipped })]);
      for (let rows = 1; rows > 0; ) rows = await store.accounts.erase("ada", 1);
      expect(await store.batches.get(mine.id, null)).toBeNull();
      expect(await store.batches.skipped(mine.id, 10)).toEqual([]);
      expect(must(await store.batches.get(other.id, null)).owner).toBe("bob");
    });

    test("whose list could not be read end as failed, are read on when they are reopened, and can be canceled once", async () => {
      await using fixture = await create();
      const { batches } = fixture.store;
      const { id } = await batches.insert(newBatch());
      const first = must(await batches.claim(leaseMs));
      await batches.addEntries(id, [entry(0)]);
      await batches.expanded(first, { state: "running", error: anError });
      expect(await batches.settle(10)).toMatchObject([{ id, state: "failed", error: anError }]);
      expect(must(await batches.reopen(id, "ada"))).toMatchObject({
        state: "expanding",
        error: null,
        finishedAt: null,
      });
      const again = must(await batches.claim(leaseMs));
      expect(await batches.waiting(id, 10)).toEqual([entry(0)]);
      expect(await batches.cancel(id, "bob")).toBeNull();
      expect(must(await batches.cancel(id, "ada")).state).toBe("canceled");
      expect(await batches.cancel(id, "ada")).toBeNull();
      expect(await batches.hold(again, leaseMs)).toBe(false);
      expect(await batches.waiting(id, 10)).toEqual([]);
    });

    test("make their jobs in one transaction: what is undone leaves neither jobs nor the note of them", async () => {
      await using fixture = await create();
      const { store } = fixture;
      await store.batches.insert(newBatch());
      const batch = must(await store.batches.claim(leaseMs));
      await store.batches.addEntries(batch.id, [entry(0), entry(1)]);
      const make = store.transaction(async (tx) => {
        expect(await tx.batches.hold(batch, leaseMs)).toBe(true);
        const entries = await tx.batches.waiting(batch.id, 10);
        const jobs = entries.map(({ url }) => newJob({ batchId: batch.id }, { url }));
        expect((await tx.jobs.createAll(jobs)).every((outcome) => "kind" in outcome)).toBe(true);
        await tx.batches.markMade(batch.id, entries);
        throw new AppError("internal_error", "undone");
      });
      expect(await make.catch((error: Error) => error.message)).toBe("undone");
      expect(await store.batches.waiting(batch.id, 10)).toHaveLength(2);
      expect(await store.jobs.list({ owner: "ada", batchId: batch.id, limit: 10 })).toEqual([]);
    });

    test("make only the jobs that their owner's account has room for", async () => {
      await using fixture = await create();
      const { store } = fixture;
      await store.accounts.limit("ada", { queuedJobs: 2 });
      const outcomes = await store.jobs.createAll([newJob(), newJob(), newJob()]);
      expect(outcomes.map((outcome) => ("kind" in outcome ? outcome.kind : outcome.code))).toEqual([
        "created",
        "created",
        "quota_exceeded",
      ]);
    });
  });
}
