import type { Actor, AuditAction, AuditEntry, Database } from "@vidferry/core";
import type { DatabaseSuite } from "./database/fixture.ts";

const by: Actor = { via: "api", owner: "ada", keyId: `key_${"1".repeat(32)}`, requestId: "req_1" };

const add = (store: Pick<Database, "audit">, action: AuditAction, subject: string, more: Partial<AuditEntry> = {}) =>
  store.audit.add({ action, by, subject, owner: "ada", ...more });

/** What every `Audit` must do. */
export function auditConformance({ describe, test, expect, create }: DatabaseSuite): void {
  describe("audit log", () => {
    test("keeps who did what, and reads it page by page, newest first", async () => {
      await using fixture = await create();
      const { store } = fixture;
      for (const subject of ["one", "two", "three"]) {
        await add(store, "job.canceled", subject, { detail: { state: "running", count: 2, done: true, none: null } });
        await fixture.advance(1_000);
      }
      const [newest, ...more] = await store.audit.list({ limit: 2 });
      expect(newest).toMatchObject({
        ...{ action: "job.canceled", by, subject: "three", owner: "ada" },
        detail: { state: "running", count: 2, done: true, none: null },
      });
      expect(newest?.id).toMatch(/^aud_[0-9a-f]{32}$/);
      expect(more.map(({ subject }) => subject)).toEqual(["two"]);
      const [after] = more;
      const next = await store.audit.list({ limit: 2, ...(after && { after }) });
      expect(next.map(({ subject }) => subject)).toEqual(["one"]);
    });

    test("finds entries by what was done, to what, by which key and when", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const other: Actor = { via: "cli", owner: null, keyId: null, requestId: null };
      await add(store, "key.created", "key_a");
      await add(store, "job.deleted", "job_b");
      await fixture.advance(60_000);
      await add(store, "job.deleted", "job_c", { by: other });
      const subjects = async (query: object) =>
        (await store.audit.list({ limit: 10, ...query })).map(({ subject }) => subject).sort();
      expect(await subjects({ action: "job.deleted" })).toEqual(["job_b", "job_c"]);
      expect(await subjects({ subject: "key_a" })).toEqual(["key_a"]);
      expect(await subjects({ keyId: by.keyId })).toEqual(["job_b", "key_a"]);
      const [{ at } = { at: new Date(0) }] = await store.audit.list({ limit: 1 });
      expect(await subjects({ from: at })).toEqual(["job_c"]);
      expect(await subjects({ to: at })).toEqual(["job_b", "key_a"]);
    });

    test("keeps every entry of a change of many things", async () => {
      await using fixture = await create();
      const { audit } = fixture.store;
      const subjects = Array.from({ length: 1_500 }, (_, index) => `job_${index}`);
      await audit.add(...subjects.map((subject) => ({ action: "job.canceled", by, subject, owner: "ada" }) as const));
      await audit.add();
      const kept = (await audit.list({ limit: 2_000 })).map(({ subject }) => subject);
      expect(kept.sort()).toEqual(subjects.toSorted());
    });

    test("tells of a change only when the change happened", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const rolledBack = store.transaction(async (tx) => {
        await add(tx as Database, "job.deleted", "job_a");
        throw new Error("the change failed");
      });
      await expect(rolledBack).rejects.toThrow();
      expect(await store.audit.list({ limit: 10 })).toEqual([]);
    });

    test("stays bounded and storable whatever a client named", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const detail = Object.fromEntries(
        Array.from({ length: 100 }, (_, index) => [`field${index}`, "x".repeat(5_000)]),
      );
      await add(store, "jobs.bulk", "it's\u0000 a \u{1F3AC} \ud800", { detail });
      const [entry] = await store.audit.list({ limit: 1 });
      expect(entry?.subject).toBe("it's a \u{1F3AC} \ufffd");
      expect(Object.keys(entry?.detail ?? {})).toHaveLength(20);
      expect(Object.values(entry?.detail ?? {}).every((value) => String(value).length === 500)).toBe(true);
    });

    test("forgets what is old, the oldest first, in batches", async () => {
      await using fixture = await create();
      const { store } = fixture;
      for (const subject of ["one", "two", "three"]) {
        await add(store, "key.changed", subject);
        await fixture.advance(60_000);
      }
      expect(await store.audit.prune(90_000, 1)).toBe(1);
      expect((await store.audit.list({ limit: 10 })).map(({ subject }) => subject)).toEqual(["three", "two"]);
      expect(await store.audit.prune(90_000, 10)).toBe(1);
      expect(await store.audit.prune(90_000, 10)).toBe(0);
    });
  });
}
