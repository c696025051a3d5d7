import type { TicketGrant } from "@vidferry/core";
import type { DatabaseSuite } from "./database/fixture.ts";

const grant: TicketGrant = {
  owner: "it's a \u{1F3AB}",
  scopes: ["downloads:read", "webhooks"],
  keyId: "key_1",
  secretHash: "hash",
};

/** What every {@link Tickets} must do. */
export function ticketsConformance({ describe, test, expect, create }: DatabaseSuite): void {
  describe("tickets", () => {
    test("a ticket is taken once, with all that it was given, also when many ask at once", async () => {
      await using fixture = await create();
      const { tickets } = fixture.store;
      const [hash, other] = [crypto.randomUUID(), crypto.randomUUID()];
      await tickets.insert(hash, grant, 60_000);
      await tickets.insert(other, { ...grant, keyId: null, secretHash: null }, 60_000);
      const taken = await Promise.all(Array.from({ length: 20 }, () => tickets.take(hash)));
      expect(taken.filter((one) => one !== null)).toEqual([grant]);
      expect(await tickets.take(hash)).toBeNull();
      expect(await tickets.take("unknown")).toBeNull();
      expect(await tickets.take(other)).toEqual({ ...grant, keyId: null, secretHash: null });
    });

    test("an expired ticket is none, and is removed", async () => {
      await using fixture = await create();
      const { store, advance } = fixture;
      const hashes = Array.from({ length: 5 }, () => crypto.randomUUID());
      const ends = [];
      for (const hash of hashes) ends.push(await store.tickets.insert(hash, grant, 1_000));
      for (const end of ends) expect(end).toBeInstanceOf(Date);
      await store.tickets.insert("later", grant, 3_600_000);
      expect(await store.tickets.removeExpired(10)).toBe(0);
      await advance(1_500);
      expect(await store.tickets.take(hashes[0] ?? "")).toBeNull();
      expect([await store.tickets.removeExpired(3), await store.tickets.removeExpired(3)]).toEqual([3, 2]);
      expect(await store.tickets.take("later")).toEqual(grant);
    });
  });
}
