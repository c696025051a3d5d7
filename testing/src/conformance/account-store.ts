import { noLimits } from "@vidferry/core";
import type { DatabaseSuite } from "./database/fixture.ts";

/** What every {@link import("@vidferry/core").Accounts} must do. */
export function accountsConformance({ describe, test, expect, create }: DatabaseSuite): void {
  describe("accounts", () => {
    test("there is none until an owner is limited", async () => {
      await using fixture = await create();
      expect(await fixture.store.accounts.get("ada")).toBeNull();
    });

    test("keeps the limits of each owner, and those that are not named", async () => {
      await using fixture = await create();
      const { store, advance } = fixture;
      const owner = "ada \u{1F511}";
      const made = await store.accounts.limit(owner, { runningJobs: 2, storedBytes: 2 ** 40 });
      expect(made).toMatchObject({ owner, limits: { ...noLimits, runningJobs: 2, storedBytes: 2 ** 40 } });
      expect(await store.accounts.get(owner)).toEqual(made);
      expect(await store.accounts.get("ada")).toBeNull();
      await advance(1_000);
      const changed = await store.accounts.limit(owner, { runningJobs: null, weight: 3 });
      expect(changed.limits).toEqual({ ...noLimits, storedBytes: 2 ** 40, weight: 3 });
      expect(changed.updatedAt.getTime()).toBeGreaterThan(changed.createdAt.getTime());
      expect(await store.accounts.get(owner)).toEqual(changed);
    });
  });
}
