import type { SlotRow } from "@vidferry/core";
import type { DatabaseSuite } from "./database/fixture.ts";

const streams: SlotRow = { owner: "ada", kind: "streams" };
const probes: SlotRow = { owner: "ada", kind: "probes" };
const leaseMs = 10_000;

/** What every {@link import("@vidferry/core").Slots} must do. */
export function slotsConformance({ describe, test, expect, create }: DatabaseSuite): void {
  describe("slots of accounts", () => {
    test("processes that take at once take no more together than the account allows", async () => {
      await using fixture = await create();
      const { store } = fixture;
      await store.accounts.limit("ada", { streams: 3 });
      const answers = await Promise.all(
        Array.from({ length: 12 }, (_, index) => store.slots.take(streams, `process ${index}`, 0, leaseMs)),
      );
      expect(answers.filter((exceeded) => exceeded === null)).toHaveLength(3);
      expect(answers.find((exceeded) => exceeded !== null)).toEqual({
        limit: "streams",
        used: 3,
        allowed: 3,
        renewsAt: null,
      });
      expect(await store.accounts.usage("ada")).toMatchObject({ streams: 3, probes: null });
    });

    test("each kind and each owner is counted for itself, and what has no limit has room", async () => {
      await using fixture = await create();
      const { slots, accounts } = fixture.store;
      await accounts.limit("ada", { streams: 1 });
      await accounts.limit("bob", { streams: 0 });
      expect(await slots.take(streams, "one", 0, leaseMs)).toBeNull();
      expect(await slots.take(streams, "one", 1, leaseMs)).toMatchObject({ used: 1, allowed: 1 });
      expect(await slots.take(probes, "one", 0, leaseMs)).toBeNull();
      expect(await slots.take({ owner: "bob", kind: "streams" }, "one", 0, leaseMs)).toMatchObject({ used: 0 });
      expect(await slots.take({ owner: "eve", kind: "streams" }, "one", 0, leaseMs)).toBeNull();
    });

    test("what is put down leaves its place to another", async () => {
      await using fixture = await create();
      const { slots, accounts } = fixture.store;
      await accounts.limit("ada", { probes: 2 });
      await slots.take(probes, "one", 0, leaseMs);
      await slots.take(probes, "one", 1, leaseMs);
      expect(await slots.take(probes, "two", 0, leaseMs)).not.toBeNull();
      await slots.put(probes, "one", 1, leaseMs);
      expect(await slots.take(probes, "two", 0, leaseMs)).toBeNull();
      await slots.put(probes, "one", 0, leaseMs);
      await slots.put(probes, "two", 0, leaseMs);
      expect(await accounts.usage("ada")).toMatchObject({ probes: 0 });
      expect(await slots.removeExpired()).toBe(0);
    });

    test("those of a process that renews no more are free when the lease ends", async () => {
      await using fixture = await create();
      const { store, advance } = fixture;
      const { slots, accounts } = store;
      await accounts.limit("ada", { streams: 2 });
      await slots.take(streams, "killed", 0, leaseMs);
      await slots.take(streams, "alive", 0, leaseMs);
      await advance(leaseMs - 2_000);
      expect(await slots.renew(["ada", "bob"], "alive", leaseMs)).toEqual([streams]);
      await advance(4_000);
      expect(await accounts.usage("ada")).toMatchObject({ streams: 1 });
      expect(await slots.take(streams, "alive", 1, leaseMs)).toBeNull();
      expect(await slots.take(streams, "new", 0, leaseMs)).toMatchObject({ used: 2 });
      expect(await slots.removeExpired()).toBe(1);
      expect(await slots.renew(["ada"], "killed", leaseMs)).toEqual([]);
      // It was not killed after all: it says what it has.
      await slots.put(streams, "killed", 1, leaseMs);
      expect(await accounts.usage("ada")).toMatchObject({ streams: 3 });
    });
  });
}
