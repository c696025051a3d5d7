import type { OutboxItem } from "@vidferry/core";
import { created, type DatabaseSuite } from "./fixture.ts";

const deletion = (name: string): OutboxItem => ({ kind: "blob_deletion", name, payload: { v: 1 } });
const minute = 60_000;

/** The outbox. */
export function outboxConformance({ describe, test, expect, create, inShort }: DatabaseSuite): void {
  describe("the outbox", () => {
    test("gives each item to one of many, as it was added, and again after the hold", async () => {
      await using fixture = await create();
      const { store, advance } = fixture;
      const names = Array.from({ length: 30 }, (_, index) => `jobs/${index}`);
      await store.outbox.add(names.map(deletion));
      await store.outbox.add([]);
      const taken = await Promise.all(Array.from({ length: 10 }, () => store.outbox.take("blob_deletion", 7, minute)));
      const got = taken.flat();
      for (const items of taken) expect(items.length).toBeLessThanOrEqual(7);
      while (got.length < names.length) got.push(...(await store.outbox.take("blob_deletion", 7, minute)));
      expect(got.map(({ name }) => name).sort()).toEqual(names.toSorted());
      expect(got[0]).toEqual({ ...got[0], payload: { v: 1 }, failures: 0, createdAt: expect.any(Date) } as never);
      expect(await store.outbox.take("blob_deletion", 100, minute)).toEqual([]);
      await advance(minute);
      expect(await store.outbox.take("blob_deletion", 100, minute)).toHaveLength(30);
    });

    // In short that of the deliveries stands for what is written in parts.
    if (!inShort) {
      test("takes and forgets the items of very many files at once", async () => {
        await using fixture = await create();
        const { outbox } = fixture.store;
        const names = Array.from({ length: 17_000 }, (_, index) => `jobs/${index}`);
        await outbox.add(names.map(deletion));
        expect((await outbox.backlog("blob_deletion")).waiting).toBe(names.length);
        await outbox.remove("blob_deletion", names);
        expect((await outbox.backlog("blob_deletion")).waiting).toBe(0);
      });
    }

    test("knows an item once, and forgets it when it is done", async () => {
      await using fixture = await create();
      const { store } = fixture;
      await store.outbox.add([deletion("a"), deletion("b")]);
      await store.outbox.add([deletion("a")]);
      expect((await store.outbox.backlog("blob_deletion")).waiting).toBe(2);
      await store.outbox.remove("blob_deletion", ["a", "none"]);
      await store.outbox.remove("blob_deletion", []);
      expect((await store.outbox.take("blob_deletion", 10, minute)).map(({ name }) => name)).toEqual(["b"]);
    });

    test("puts off what could not be done, and says why", async () => {
      await using fixture = await create();
      const { store, advance } = fixture;
      await store.outbox.add([deletion("a"), deletion("b")]);
      await store.outbox.take("blob_deletion", 10, minute);
      await store.outbox.postpone("blob_deletion", "a", 10 * minute, "Access \0 denied.");
      expect(await store.outbox.backlog("blob_deletion")).toEqual({
        waiting: 2,
        failing: 1,
        problem: "Access  denied.",
      });
      await advance(2 * minute);
      expect((await store.outbox.take("blob_deletion", 10, minute)).map(({ name }) => name)).toEqual(["b"]);
      await advance(8 * minute);
      const due = await store.outbox.take("blob_deletion", 10, minute);
      expect(due.map(({ name, failures }) => [name, failures]).sort()).toEqual([
        ["a", 1],
        ["b", 0],
      ]);
    });

    test("holds nothing of a transaction that was undone", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const job = await created(store);
      const undone = store.transaction(async (tx) => {
        await tx.jobs.remove(job.id, null);
        await tx.outbox.add([deletion("a")]);
        throw new Error("changed its mind");
      });
      await expect(undone).rejects.toThrow();
      expect(await store.outbox.backlog("blob_deletion")).toEqual({ waiting: 0, failing: 0, problem: null });
      expect(await store.jobs.get(job.id, null)).toEqual(job);
    });
  });
}
