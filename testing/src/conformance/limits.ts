import { type Database, isAppError } from "@vidferry/core";
import {
  anArtifact,
  aResult,
  attemptOf,
  created,
  type DatabaseSuite,
  must,
  newJob,
  started,
} from "./database/fixture.ts";

/** Creates so many jobs at once, and says how many were accepted and why the others were not. */
async function createMany(store: Database, count: number, owner = "ada") {
  const outcomes = await Promise.allSettled(Array.from({ length: count }, () => store.jobs.create(newJob({ owner }))));
  const errors = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason as unknown] : []));
  return { accepted: count - errors.length, errors: errors.map((error) => (isAppError(error) ? error : null)) };
}

/** What every database must do about the limits of accounts. */
export function limitsConformance({ describe, test, expect, create }: DatabaseSuite): void {
  describe("limits of accounts", () => {
    test("no more jobs wait than may, however many come at once; other owners are not held up", async () => {
      await using fixture = await create();
      const { store } = fixture;
      await store.accounts.limit("ada", { queuedJobs: 5 });
      const [ada, bob] = await Promise.all([createMany(store, 20), createMany(store, 20, "bob")]);
      expect([ada.accepted, bob.accepted]).toEqual([5, 20]);
      expect(ada.errors.map((error) => error?.code)).toEqual(Array.from({ length: 15 }, () => "quota_exceeded"));
      expect(ada.errors[0]).toMatchObject({ quota: { limit: "queuedJobs", used: 5, allowed: 5 }, retryAt: null });
      expect(await store.accounts.usage("ada")).toMatchObject({ queuedJobs: 5, runningJobs: 0 });
    });

    test("a job that runs or ends leaves its place to another", async () => {
      await using fixture = await create();
      const { store } = fixture;
      await store.accounts.limit("ada", { queuedJobs: 1 });
      const job = await started(store);
      await created(store);
      expect((await createMany(store, 1)).accepted).toBe(0);
      await store.attempts.succeed(attemptOf(job), aResult);
      expect((await createMany(store, 1)).accepted).toBe(0);
      expect(await store.accounts.usage("ada")).toMatchObject({ queuedJobs: 1, runningJobs: 0 });
    });

    test("what was accepted under an idempotency key is answered again when nothing more is accepted", async () => {
      await using fixture = await create();
      const { store } = fixture;
      await store.accounts.limit("ada", { jobsPerDay: 1 });
      const idempotency = { key: "once", fingerprint: "same" };
      const all = await Promise.all(Array.from({ length: 5 }, () => store.jobs.create(newJob({ idempotency }))));
      expect(all.map(({ kind }) => kind).sort()).toEqual(["created", "repeated", "repeated", "repeated", "repeated"]);
      expect((await store.jobs.create(newJob({ idempotency }))).kind).toBe("repeated");
      expect((await createMany(store, 1)).accepted).toBe(0);
    });

    test("the jobs of a day count when they were deleted, and those from before the limit as well", async () => {
      await using fixture = await create();
      const { store } = fixture;
      await created(store);
      await store.accounts.limit("ada", { jobsPerDay: 3 });
      const { id } = await created(store);
      await store.jobs.remove(id, "ada");
      const { accepted, errors } = await createMany(store, 4);
      expect(accepted).toBe(1);
      expect(errors[0]).toMatchObject({ quota: { limit: "jobsPerDay", used: 3, allowed: 3 } });
      const renewsAt = must(errors[0]?.retryAt);
      expect(renewsAt.getTime() % 86_400_000).toBe(0);
      expect(await store.accounts.usage("ada")).toMatchObject({ jobsPerDay: 3 });
      await store.accounts.limit("ada", { jobsPerDay: null });
      expect((await createMany(store, 4)).accepted).toBe(4);
    });

    test("no job is accepted while the results that are kept fill the account", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const job = await started(store);
      await store.attempts.succeed(attemptOf(job), aResult);
      const bytes = 2 ** 40 + 1;
      await store.accounts.limit("ada", { storedBytes: bytes });
      const { errors } = await createMany(store, 1);
      expect(errors[0]).toMatchObject({ quota: { limit: "storedBytes", used: bytes, allowed: bytes }, retryAt: null });
      await store.jobs.remove(job.id, "ada");
      expect((await createMany(store, 3)).accepted).toBe(3);
    });

    test("no job is accepted any more once the results of the month are used up, also when they were deleted", async () => {
      await using fixture = await create();
      const { store } = fixture;
      await store.accounts.limit("ada", { bytesPerMonth: anArtifact.bytes });
      const [job, other] = [await started(store), await started(store)];
      expect((await createMany(store, 1)).accepted).toBe(1);
      await store.attempts.succeed(attemptOf(job), aResult);
      await store.jobs.remove(job.id, "ada");
      const { errors } = await createMany(store, 1);
      expect(errors[0]).toMatchObject({
        code: "quota_exceeded",
        quota: { limit: "bytesPerMonth", used: anArtifact.bytes, allowed: anArtifact.bytes },
      });
      const renewsAt = must(errors[0]?.retryAt);
      expect([renewsAt.getUTCDate(), renewsAt.getTime() % 86_400_000]).toEqual([1, 0]);
      // What was accepted runs to its end, and counts.
      await store.attempts.succeed(attemptOf(other), aResult);
      expect(await store.accounts.usage("ada")).toMatchObject({ bytesPerMonth: 2 * anArtifact.bytes });
      expect((await createMany(store, 1, "bob")).accepted).toBe(1);
      await store.accounts.limit("ada", { bytesPerMonth: null });
      expect((await createMany(store, 1)).accepted).toBe(1);
    });

    test("a retry needs room like a new job, but is no job of the day", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const { id } = await created(store);
      await store.jobs.move(id, "ada", "cancel");
      await store.accounts.limit("ada", { queuedJobs: 1, jobsPerDay: 2 });
      const other = await created(store);
      await expect(store.jobs.move(id, "ada", "retry")).rejects.toMatchObject({
        code: "quota_exceeded",
        quota: { limit: "queuedJobs" },
      });
      await store.jobs.move(other.id, "ada", "cancel");
      expect((await store.jobs.move(id, "ada", "retry"))?.state).toBe("queued");
    });

    test("several retries at once take what room there is, and say why the others are left", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const jobs = await Promise.all(Array.from({ length: 12 }, () => created(store)));
      const [waits, ...ended] = jobs.map(({ id }) => id);
      await store.jobs.moveAll(ended, "ada", "cancel");
      await store.accounts.limit("ada", { queuedJobs: 5, jobsPerDay: 1 });
      const halves = [ended.slice(0, 6), ended.slice(6)];
      const outcomes = await Promise.all(halves.map((ids) => store.jobs.moveAll(ids, "ada", "retry")));
      const [moved, refused] = [outcomes.flatMap((all) => all.moved), outcomes.flatMap((all) => all.refused)];
      expect([moved.length, refused.length]).toEqual([4, 7]);
      expect(refused[0]?.error).toMatchObject({ code: "quota_exceeded", quota: { limit: "queuedJobs", used: 5 } });
      expect([...moved, ...refused].map(({ id }) => id).toSorted()).toEqual(ended.toSorted());
      expect(await store.accounts.usage("ada")).toMatchObject({ queuedJobs: 5 });
      const left = refused.map(({ id }) => id);
      await store.jobs.moveAll([must(waits)], "ada", "cancel");
      expect((await store.jobs.moveAll(left, "ada", "retry")).moved.map(({ id }) => id)).toEqual(left.slice(0, 1));
    });

    test("a transaction that is refused has written nothing", async () => {
      await using fixture = await create();
      const { store } = fixture;
      await store.accounts.limit("ada", { queuedJobs: 1 });
      const both = store.transaction(async (tx) => {
        await tx.jobs.create(newJob());
        await tx.jobs.create(newJob());
      });
      await expect(both).rejects.toMatchObject({ code: "quota_exceeded" });
      expect(await store.accounts.usage("ada")).toMatchObject({ queuedJobs: 0, jobsPerDay: 0 });
    });

    test("the usage of an owner without an account shows what is quick to count", async () => {
      await using fixture = await create();
      const { store } = fixture;
      await started(store);
      await created(store);
      expect(await store.accounts.usage("ada")).toEqual({
        runningJobs: 1,
        queuedJobs: 1,
        jobsPerDay: 2,
        bytesPerMonth: null,
        storedBytes: null,
        probes: null,
        streams: null,
      });
    });
  });
}
