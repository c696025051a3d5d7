import { noLimits } from "@vidferry/core";
import { aResult, attemptOf, type DatabaseSuite, started } from "./database/fixture.ts";
import { newKey } from "./key-store.ts";
import { newWebhook } from "./webhooks/fixture.ts";

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

    test("erases what is kept under a name, and nothing of others", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const owners = ["ada", "bob"];
      const kept = async (owner: string) => [
        (await store.accounts.get(owner))?.owner ?? null,
        (await store.keys.list({ owner, revoked: true, limit: 10 })).length,
        (await store.history.list({ owner, limit: 10 })).length,
        (await store.webhooks.list(owner)).length,
        (await store.audit.list({ limit: 10 })).filter((entry) => entry.owner === owner || entry.by.owner === owner)
          .length,
      ];
      for (const owner of owners) {
        await store.accounts.limit(owner, { queuedJobs: 5 });
        await store.keys.insert(newKey(`of ${owner}`, { owner }));
        await store.webhooks.insert(newWebhook({ owner }));
        const job = await started(store, { owner });
        await store.attempts.succeed(attemptOf(job), { ...aResult, retentionMs: null });
        await store.jobs.remove(job.id, owner);
        const by = { via: "api", owner, keyId: null, requestId: null } as const;
        await store.audit.add({ action: "job.deleted", by, subject: job.id, owner });
      }
      expect(await kept("ada")).toEqual(["ada", 1, 1, 1, 1]);
      let rounds = 0;
      while ((await store.accounts.erase("ada", 1)) > 0) rounds += 1;
      expect(rounds).toBeGreaterThan(0);
      expect(await kept("ada")).toEqual([null, 0, 0, 0, 0]);
      expect(await kept("bob")).toEqual(["bob", 1, 1, 1, 1]);
      expect(await store.audit.list({ limit: 10 })).toHaveLength(2);
    });
  });
}
