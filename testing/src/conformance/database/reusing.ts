import type { Job, NewJob, Repositories, ReusedResult } from "@vidferry/core";
import { aMedia, anArtifact, aResult, attemptOf, created, type DatabaseSuite, must, started } from "./fixture.ts";

const key = "r1:one";
const of = { owner: "ada", key };
const hour = 3_600_000;
const query = { ...of, scope: "owner", maxAgeMs: hour, since: null, limit: 3 } as const;

/** A job that has succeeded, with one file. */
async function made(store: Repositories, changes: Partial<NewJob> = {}, shareable = false): Promise<Job> {
  const job = await started(store, { reuseKey: key, ...changes });
  const artifacts = [{ ...anArtifact, storageKey: `jobs/${job.id}` }];
  return must(
    await store.attempts.succeed(attemptOf(job), { ...aResult, artifacts, warnings: [], retentionMs: null, shareable }),
  );
}

/** What another job gets of it. */
const resultOf = ({ id, artifacts, media }: Job): ReusedResult => ({
  ...aResult,
  artifacts: artifacts.map((artifact) => ({ ...artifact, id: "art_2", fileName: "another name.mp4" })),
  media,
  retentionMs: hour,
  reusedFrom: id,
});

/** What jobs may have of each other. */
export function reuseConformance({ describe, test, expect, create }: DatabaseSuite): void {
  describe("reuse", () => {
    test("finds the newest kept results of an owner, and those of others only where they may be shared", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const [first, second] = [await made(store), await made(store)];
      const shared = await made(store, { owner: "bob" }, true);
      await made(store, { owner: "bob" });
      await made(store, { reuseKey: "r1:other" });
      await created(store, { reuseKey: key });
      const ids = (jobs: readonly Job[]) => jobs.map(({ id }) => id);
      const kept = ids(await store.reuse.kept(query));
      expect([...kept].sort()).toEqual([first.id, second.id].sort());
      expect(ids(await store.reuse.kept({ ...query, scope: "shared" }))).toEqual([...kept, shared.id]);
      expect(await store.reuse.kept({ ...query, limit: 1 })).toHaveLength(1);
      expect(await store.reuse.kept({ ...query, key: "r1:none" })).toEqual([]);
      expect(await store.reuse.kept({ ...query, since: new Date(Date.now() + hour) })).toEqual([]);
      expect(await store.reuse.kept({ ...query, maxAgeMs: -hour })).toEqual([]);
    });

    test("finds no result whose files have been deleted", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const job = await made(store);
      await store.jobs.remove(job.id, null);
      expect(await store.reuse.kept(query)).toEqual([]);
    });

    test("knows what the newest job of an owner with a link found there", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const job = await started(store, { linkKey: "l1:one" });
      expect(await store.reuse.mediaOf("ada", "l1:one", 60_000)).toBeNull();
      await store.attempts.heartbeat(attemptOf(job), 30_000, { media: aMedia, reuseKey: key });
      expect(await store.reuse.mediaOf("ada", "l1:one", 60_000)).toEqual(aMedia);
      expect(await store.reuse.mediaOf("bob", "l1:one", 60_000)).toBeNull();
      expect(await store.reuse.mediaOf("ada", "l1:two", 60_000)).toBeNull();
      expect((await store.jobs.get(job.id, null))?.reuseKey).toBe(key);
      await fixture.advance(61_000);
      expect(await store.reuse.mediaOf("ada", "l1:one", 60_000)).toBeNull();
      expect(await store.reuse.mediaOf("ada", "l1:one", 120_000)).toEqual(aMedia);
    });

    test("gives a queued job the files of another one, each with a reference more", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const [source, target] = [await made(store), await created(store, { reuseKey: key })];
      const done = must(await store.reuse.finish({ jobId: target.id, attempt: null }, resultOf(source)));
      expect(done).toMatchObject({ state: "succeeded", reusedFrom: source.id, attempt: 0, startedAt: null });
      expect(done).toEqual(must(await store.jobs.get(target.id, null)));
      expect(done.finishedAt).not.toBeNull();
      expect(done.expiresAt).not.toBeNull();
      const blob = `jobs/${source.id}`;
      expect(await store.blobs.references(blob)).toBe(2);
      await store.jobs.remove(source.id, null);
      expect(await store.blobs.release([blob])).toEqual([]);
      await store.jobs.remove(target.id, null);
      expect(await store.blobs.release([blob])).toEqual([blob]);
    });

    test("counts no bytes of a reused result, and keeps an owner's file once", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const [source, target] = [await made(store), await created(store, { reuseKey: key })];
      await store.accounts.limit("ada", { storedBytes: 2 ** 50 });
      await store.reuse.finish({ jobId: target.id, attempt: null }, resultOf(source));
      const history = await store.history.list({ owner: "ada", limit: 10 });
      expect(history.map(({ jobId, bytes, files }) => [jobId, bytes, files]).sort()).toEqual(
        [
          [source.id, anArtifact.bytes, 1],
          [target.id, 0, 1],
        ].sort(),
      );
      expect((await store.accounts.usage("ada")).storedBytes).toBe(anArtifact.bytes);
    });

    test("gives a running attempt the files, unless it is over", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const source = await made(store);
      const job = await started(store, { reuseKey: key });
      const ref = attemptOf(job);
      expect(await store.reuse.finish({ jobId: job.id, attempt: null }, resultOf(source))).toBeNull();
      expect(await store.reuse.finish({ ...ref, attempt: ref.attempt + 1 }, resultOf(source))).toBeNull();
      expect(await store.reuse.finish(ref, resultOf(source))).toMatchObject({ state: "succeeded", worker: null });
      expect(await store.reuse.finish(ref, resultOf(source))).toBeNull();
    });

    test("refuses files that have been let go", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const [source, target] = [await made(store), await created(store, { reuseKey: key })];
      await store.transaction(async (tx) => {
        await tx.jobs.remove(source.id, null);
        await tx.blobs.release([`jobs/${source.id}`]);
      });
      expect(await store.reuse.finish({ jobId: target.id, attempt: null }, resultOf(source))).toBeNull();
      expect((await store.jobs.get(target.id, null))?.state).toBe("queued");
      expect(await store.blobs.known([`jobs/${source.id}`])).toEqual(new Set());
    });

    test("never names a file that is deleted at the same moment", async () => {
      await using fixture = await create();
      const { store } = fixture;
      for (let round = 0; round < 10; round += 1) {
        const [source, target] = [await made(store), await created(store, { reuseKey: key })];
        const blob = `jobs/${source.id}`;
        const remove = store.transaction(async (tx) => {
          await tx.jobs.remove(source.id, null);
          return await tx.blobs.release([blob]);
        });
        const finish = store.reuse.finish({ jobId: target.id, attempt: null }, resultOf(source));
        const [released, done] = await Promise.all([remove, finish]);
        expect(released).toEqual(done === null ? [blob] : []);
        expect(await store.blobs.known([blob])).toEqual(new Set(done === null ? [] : [blob]));
      }
    });

    test("lets an attempt wait for another job that makes the same, and no worker takes it meanwhile", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const [first, second] = [await started(store, { reuseKey: key }), await started(store)];
      expect(await store.reuse.join(attemptOf(first), of, hour)).toBeNull();
      const joined = must(await store.reuse.join(attemptOf(second), of, hour));
      expect(joined).toMatchObject({ state: "queued", reuseKey: key, worker: null, failures: 0, error: null });
      expect(joined.joinedAt).not.toBeNull();
      const claim = { worker: "worker-2", host: "host-1", leaseMs: 30_000 };
      expect(await store.attempts.claim([second.id], claim)).toEqual([]);
      expect(await store.attempts.claimNext(10, { ...claim, hinted: true })).toEqual([]);
      expect(await store.dispatch.takeUnoffered(0, 10)).toEqual([]);
      expect((await store.queueStates.read(100)).waiting).toMatchObject({ reuse: 1 });
      expect((await store.reuse.waiting(of, 10)).map(({ id }) => id)).toEqual([second.id]);
    });

    test("lets none wait for a job of another owner or another result, nor for one that does not run", async () => {
      await using fixture = await create();
      const { store } = fixture;
      await started(store, { owner: "bob", reuseKey: key });
      await started(store, { reuseKey: "r1:other" });
      await created(store, { reuseKey: key });
      const job = await started(store, { reuseKey: key });
      expect(await store.reuse.join(attemptOf(job), of, hour)).toBeNull();
    });

    test("leaves one of many that would wait for each other at the same moment", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const jobs = await Promise.all(Array.from({ length: 6 }, () => started(store, { reuseKey: key })));
      const joined = await Promise.all(jobs.map((job) => store.reuse.join(attemptOf(job), of, hour)));
      expect(joined.filter((job) => job === null)).toHaveLength(1);
      const states = await store.jobs.states(jobs.map(({ id }) => id));
      expect([...states.values()].filter((state) => state === "running")).toHaveLength(1);
    });

    test("wakes the first of those that wait once nobody makes the result, and one only", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const leader = await started(store, { reuseKey: key });
      const low = await started(store, { reuseKey: key, priority: "low" });
      const high = await started(store, { reuseKey: key, priority: "high" });
      for (const job of [low, high]) must(await store.reuse.join(attemptOf(job), of, hour));
      expect(await store.reuse.wake(of)).toBeNull();
      expect(await store.reuse.stranded(10)).toEqual([]);
      await store.jobs.move(leader.id, null, "cancel");
      expect(await store.reuse.stranded(10)).toEqual([of]);
      expect(await store.reuse.wake(of)).toMatchObject({ id: high.id, joinedAt: null, nextAttemptAt: null });
      expect(await store.reuse.wake(of)).toBeNull();
      expect(await store.reuse.stranded(10)).toEqual([]);
      const [claimed] = await store.attempts.claimNext(10, { worker: "w", host: "h", leaseMs: 30_000, hinted: true });
      expect(claimed).toMatchObject({ id: high.id, joinedAt: null });
    });

    test("makes a job that waits an ordinary one by a pause, a cancellation or a retry", async () => {
      await using fixture = await create();
      const { store } = fixture;
      await started(store, { reuseKey: key });
      const job = await started(store, { reuseKey: key });
      must(await store.reuse.join(attemptOf(job), of, hour));
      expect(await store.jobs.move(job.id, null, "pause")).toMatchObject({ state: "paused", joinedAt: null });
      expect(await store.jobs.move(job.id, null, "resume")).toMatchObject({ state: "queued", joinedAt: null });
      expect(await store.jobs.move(job.id, null, "cancel")).toMatchObject({ state: "canceled", joinedAt: null });
      expect(await store.jobs.move(job.id, null, "retry")).toMatchObject({ state: "queued", nextAttemptAt: null });
    });

    test("goes on by itself when the time to wait is over", async () => {
      await using fixture = await create();
      const { store } = fixture;
      await started(store, { reuseKey: key });
      const job = await started(store, { reuseKey: key });
      must(await store.reuse.join(attemptOf(job), of, 0));
      const claim = { worker: "w", host: "h", leaseMs: 30_000, hinted: true };
      expect(await store.attempts.claimNext(10, claim)).toMatchObject([{ id: job.id, joinedAt: null }]);
    });
  });
}
