import type { ApiKey, Repositories } from "@vidferry/core";
import {
  anError,
  aResult,
  attemptOf,
  byWorker,
  created,
  type DatabaseSuite,
  must,
  newJob,
  started,
} from "./fixture.ts";

const newKey = (hash: string = crypto.randomUUID()): ApiKey => ({
  id: `key_${crypto.randomUUID().replaceAll("-", "")}`,
  name: "a key",
  owner: "ada",
  scopes: ["read"],
  hash,
  lastFour: "wxyz",
  previous: null,
  allowedOrigins: [],
  allowedCidrs: [],
  createdAt: new Date(),
  expiresAt: null,
  lastUsedAt: null,
  revokedAt: null,
});

/** Several repositories in one transaction. */
export function transactionConformance({ describe, test, expect, create }: DatabaseSuite): void {
  describe("a transaction", () => {
    test("makes writes of several repositories true together, and answers what it was made of", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const job = await started(store, { labels: { a: "b" } });
      const key = newKey();
      const idempotency = { key: "k", fingerprint: "f" };
      const outcome = await store.transaction(async (tx) => {
        const done = must(await tx.attempts.succeed(attemptOf(job), aResult));
        await tx.keys.insert(key);
        const made = await tx.jobs.create(newJob({ labels: { c: "d" }, idempotency }));
        expect(await tx.jobs.create(newJob({ idempotency }))).toMatchObject({ kind: "repeated" });
        expect(await tx.jobs.list({ owner: "ada", labels: { c: "d" }, limit: 5 })).toHaveLength(1);
        return { done, made };
      });
      expect(outcome).toMatchObject({ done: { state: "succeeded" }, made: { kind: "created" } });
      expect(await store.jobs.get(job.id, null)).toEqual(outcome.done);
      expect(await store.keys.findByHash(key.hash)).toEqual(key);
      expect(await store.jobs.countByState()).toMatchObject({ succeeded: 1, queued: 1 });
    });

    test("that rejects has written nothing, in none of them", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const [running, queued] = [await started(store), await created(store)];
      const key = newKey();
      const failed = store.transaction(async (tx) => {
        await tx.attempts.fail(attemptOf(running), anError);
        await tx.jobs.move(queued.id, null, "pause");
        await tx.jobs.remove(queued.id, null);
        await tx.jobs.create(newJob({ labels: { a: "b" } }));
        await tx.keys.insert(key);
        throw new Error("changed its mind");
      });
      await expect(failed).rejects.toThrow();
      expect(await store.jobs.get(running.id, null)).toEqual(running);
      expect(await store.jobs.get(queued.id, null)).toEqual(queued);
      expect(await store.jobs.list({ owner: null, limit: 10 })).toHaveLength(2);
      expect(await store.keys.findByHash(key.hash)).toBeNull();
    });

    test("with a call that failed has written nothing, also when its error was caught", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const job = await created(store);
      const key = newKey();
      await store.keys.insert(key);
      const failed = store.transaction(async (tx) => {
        await tx.jobs.move(job.id, null, "cancel");
        await tx.keys.insert(newKey(key.hash)).catch(() => undefined);
        return "went on";
      });
      await expect(failed).rejects.toMatchObject({ code: "internal_error" });
      expect(await store.jobs.get(job.id, null)).toEqual(job);
    });

    test("shows nothing of itself to others before it has ended", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const job = await created(store);
      const seen: unknown[] = [];
      const reads: Promise<unknown>[] = [];
      await store.transaction(async (tx) => {
        await tx.jobs.move(job.id, null, "pause");
        // Not waited for here: whether it waits for the end or sees the state before is the database's own affair.
        reads.push(store.jobs.get(job.id, null).then((found) => seen.push(found?.state)));
        await tx.jobs.move(job.id, null, "resume");
        await tx.jobs.move(job.id, null, "cancel");
      });
      await Promise.all(reads);
      expect(seen).toHaveLength(1);
      expect(["queued", "canceled"]).toContain(String(seen[0]));
    });

    test("decides as if alone: of many that make the same move each job is moved by one", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const ids = await Promise.all(Array.from({ length: 6 }, async () => (await created(store)).id));
      const moved = await Promise.all(
        // Each collision lets one of them through, so that three never collide more often than a transaction is tried.
        Array.from({ length: 3 }, (_, index) =>
          store.transaction(async (tx) => {
            let count = 0;
            // In opposite orders: with row locks they deadlock, and the adapter has to try again.
            for (const id of index % 2 === 0 ? ids : ids.toReversed()) {
              if ((await tx.jobs.move(id, null, "cancel")) !== null) count += 1;
            }
            return count;
          }),
        ),
      );
      expect(moved.reduce((sum, count) => sum + count, 0)).toBe(ids.length);
    });

    test("goes beside single writes and reads, each of which is answered", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const jobs = await Promise.all(
        Array.from({ length: 30 }, (_, index) =>
          index % 3 === 0
            ? store.transaction(async (tx) => must((await tx.attempts.claim([(await created(tx)).id], byWorker))[0]))
            : created(store),
        ),
      );
      expect(new Set(jobs.map((job) => job.id)).size).toBe(30);
      expect(await store.jobs.countByState()).toMatchObject({ queued: 20, running: 10 });
    });

    test("that waits for something else is undone, and holds up nobody", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const job = await created(store);
      const { promise: never } = Promise.withResolvers<void>();
      for (const other of [() => never, () => new Promise((resolve) => setTimeout(resolve, 50))]) {
        const held = store.transaction(async (tx) => {
          await tx.jobs.move(job.id, null, "pause");
          await other();
          await tx.jobs.move(job.id, null, "resume");
        });
        const beside = created(store);
        await expect(held).rejects.toMatchObject({
          code: "internal_error",
          message: expect.stringContaining("waited for something other"),
        });
        expect((await beside).state).toBe("queued");
        expect(await store.jobs.get(job.id, null)).toEqual(job);
      }
    });

    test("ends only after the calls that it has not waited for: none is written outside of it", async () => {
      await using fixture = await create();
      const { store } = fixture;
      // From the same turn as the call on, so that the end meets each of its steps.
      for (let turns = 0; turns < 40; turns += 1) {
        for (const fails of [true, false]) {
          const job = newJob({ labels: { turns: `${turns}` } });
          const calls: Promise<boolean>[] = [];
          const ended = store.transaction(async (tx) => {
            calls.push(
              tx.jobs.create(job).then(
                () => true,
                () => false,
              ),
            );
            for (let turn = 0; turn < turns; turn += 1) await null;
            if (fails) throw new Error("changed its mind");
          });
          const isDone = await ended.then(
            () => true,
            () => false,
          );
          const [isCreated] = await Promise.all(calls);
          const found = await store.jobs.list({ owner: null, labels: job.labels, limit: 5 });
          const isThere = (await store.jobs.get(job.id, null)) !== null;
          const isListed = found.some(({ id }) => id === job.id);
          const isWhole = isDone && isCreated === true;
          expect({ turns, fails, isThere, isListed }).toEqual({ turns, fails, isThere: isWhole, isListed: isWhole });
        }
      }
    });

    test("is of no use after its end", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const left: Repositories[] = [];
      await store.transaction(async (tx) => {
        left.push(tx);
      });
      await expect(must(left[0]).jobs.create(newJob())).rejects.toMatchObject({ code: "internal_error" });
      expect((await store.jobs.countByState()).queued).toBe(0);
    });

    test("is refused once the store is closed", async () => {
      await using fixture = await create();
      await fixture.store.close();
      await expect(fixture.store.transaction((tx) => tx.jobs.countByState())).rejects.toMatchObject({
        code: "unavailable",
      });
    });
  });
}
