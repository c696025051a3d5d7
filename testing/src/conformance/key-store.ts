import type { ApiKey } from "@vidferry/core";
import { type DatabaseSuite, must } from "./database/fixture.ts";

export function newKey(name: string, changes: Partial<ApiKey> = {}): ApiKey {
  return {
    id: `key_${crypto.randomUUID().replaceAll("-", "")}`,
    name,
    owner: "ada",
    scopes: ["write"],
    hash: crypto.randomUUID(),
    lastFour: "wxyz",
    previous: null,
    allowedOrigins: [],
    allowedCidrs: [],
    createdAt: new Date(),
    expiresAt: null,
    lastUsedAt: null,
    revokedAt: null,
    ...changes,
  };
}

/** What every {@link Keys} must do. */
export function keysConformance({ describe, test, expect, create }: DatabaseSuite): void {
  describe("API keys", () => {
    test("finds a key by its hash, as it was put in", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const key = newKey("it's a \u{1F511}", {
        scopes: ["downloads:read", "admin"],
        allowedOrigins: ["https://app.example"],
        allowedCidrs: ["10.0.0.0/8", "2001:db8::/32"],
        expiresAt: new Date(Date.now() + 86_400_000),
      });
      await store.keys.insert(key);
      expect(await store.keys.findByHash(key.hash)).toEqual(key);
      expect(await store.keys.get(key.id)).toEqual(key);
      expect(await store.keys.working([key.id])).toEqual([key]);
      expect(await store.keys.findByHash("unknown")).toBeNull();
    });

    test("refuses a second key with the same hash", async () => {
      await using fixture = await create();
      const key = newKey("one");
      await fixture.store.keys.insert(key);
      const again = fixture.store.keys.insert(newKey("two", { hash: key.hash }));
      await expect(again).rejects.toMatchObject({ code: "internal_error" });
    });

    test("a revoked key does not work, and is revoked once", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const key = newKey("one");
      await store.keys.insert(key);
      expect(await store.keys.revoke(key.id)).toBe(true);
      expect(await store.keys.revoke(key.id)).toBe(false);
      expect(await store.keys.revoke("key_unknown")).toBe(false);
      expect(await store.keys.findByHash(key.hash)).toBeNull();
      expect(await store.keys.get(key.id)).toBeNull();
      expect(await store.keys.working([key.id])).toEqual([]);
      expect(await store.keys.update(key.id, { name: "other" })).toBeNull();
      expect(await store.keys.rotate(key.id, { hash: "new", lastFour: "abcd", overlapMs: 0 })).toBeNull();
      expect(await store.keys.list({ limit: 10 })).toEqual([]);
      const [listed] = await store.keys.list({ revoked: true, limit: 10 });
      expect(listed?.revokedAt).toBeInstanceOf(Date);
    });

    test("an expired key does not work, and can be given more time", async () => {
      await using fixture = await create();
      const { store, advance } = fixture;
      const key = newKey("one", { expiresAt: new Date(Date.now() + 60_000) });
      await store.keys.insert(key);
      await advance(61_000);
      expect(await store.keys.findByHash(key.hash)).toBeNull();
      expect(await store.keys.working([key.id])).toEqual([]);
      expect((await store.keys.get(key.id))?.name).toBe("one");
      await store.keys.update(key.id, { expiresAt: null });
      expect((await store.keys.findByHash(key.hash))?.expiresAt).toBeNull();
    });

    test("after a rotation both secrets work until the overlap ends", async () => {
      await using fixture = await create();
      const { store, advance } = fixture;
      const key = newKey("one");
      const [second, third] = [crypto.randomUUID(), crypto.randomUUID()];
      await store.keys.insert(key);
      const rotated = must(await store.keys.rotate(key.id, { hash: second, lastFour: "2222", overlapMs: 60_000 }));
      expect(rotated).toMatchObject({ hash: second, lastFour: "2222", previous: { hash: key.hash } });
      for (const hash of [key.hash, second]) expect((await store.keys.findByHash(hash))?.id).toBe(key.id);
      await advance(61_000);
      expect(await store.keys.findByHash(key.hash)).toBeNull();
      expect((await store.keys.findByHash(second))?.previous).toBeNull();
      await store.keys.rotate(key.id, { hash: third, lastFour: "3333", overlapMs: 0 });
      expect(await store.keys.findByHash(second)).toBeNull();
      expect((await store.keys.findByHash(third))?.id).toBe(key.id);
    });

    test("tells which keys do not let in as they did when they were seen, and no others", async () => {
      await using fixture = await create();
      const { store, advance } = fixture;
      const soon = new Date(Date.now() + 60_000);
      const kinds = ["same", "noted", "renamed", "revoked", "expired", "narrowed", "rotated", "overlapping"] as const;
      const keys = kinds.map((name) => newKey(name, name === "expired" ? { expiresAt: soon } : {}));
      for (const key of keys) await store.keys.insert(key);
      const ids = keys.map(({ id }) => id);
      const nameOf = (id: string) => keys.find((key) => key.id === id)?.name ?? id;
      const [, noted, renamed, revoked, , narrowed, rotated, overlapping] = keys.map(({ id }) => id);
      await store.keys.rotate(must(overlapping), { hash: crypto.randomUUID(), lastFour: "abcd", overlapMs: 60_000 });
      const seen = (await store.keys.working(ids)).map(({ id, hash, previous, scopes }) => ({
        ...{ id, hash, scopes },
        previousHash: previous?.hash ?? null,
      }));
      expect(await store.keys.changed(seen)).toEqual([]);
      expect(await store.keys.changed([])).toEqual([]);
      await store.keys.noteUse(must(noted), 0);
      await store.keys.update(must(renamed), { name: "other", allowedCidrs: ["10.0.0.0/8"] });
      expect(await store.keys.changed(seen)).toEqual([]);
      await store.keys.revoke(must(revoked));
      await store.keys.update(must(narrowed), { scopes: ["downloads:read"] });
      await store.keys.rotate(must(rotated), { hash: crypto.randomUUID(), lastFour: "abcd", overlapMs: 0 });
      const unknown = { id: "key_unknown", hash: "", previousHash: null, scopes: [] } as const;
      const first = await store.keys.changed([...seen, unknown]);
      expect(first.map(nameOf).sort()).toEqual(["key_unknown", "narrowed", "revoked", "rotated"]);
      await advance(61_000);
      const later = await store.keys.changed(seen);
      expect(later.map(nameOf).sort()).toEqual(["expired", "narrowed", "overlapping", "revoked", "rotated"]);
    });

    test("changes what is given and nothing else", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const key = newKey("one", { allowedOrigins: ["https://app.example"] });
      await store.keys.insert(key);
      expect(await store.keys.update(key.id, {})).toEqual(key);
      const changes = { name: "two\0", scopes: ["files:read"], allowedCidrs: ["192.0.2.1/32"] } as const;
      const changed = { ...key, ...changes, name: "two" };
      expect(await store.keys.update(key.id, changes)).toEqual(changed);
      expect(await store.keys.get(key.id)).toEqual(changed);
      expect(await store.keys.update("key_unknown", changes)).toBeNull();
    });

    test("notes a use at most once in the given time", async () => {
      await using fixture = await create();
      const { store, advance } = fixture;
      const key = newKey("one");
      await store.keys.insert(key);
      await store.keys.noteUse(key.id, 60_000);
      const first = must(await store.keys.get(key.id)).lastUsedAt;
      expect(first).toBeInstanceOf(Date);
      await store.keys.noteUse(key.id, 60_000);
      expect(must(await store.keys.get(key.id)).lastUsedAt).toEqual(first);
      await advance(61_000);
      const before = must(await store.keys.get(key.id)).lastUsedAt;
      await store.keys.noteUse(key.id, 60_000);
      expect(must(await store.keys.get(key.id)).lastUsedAt).not.toEqual(before);
    });

    test("the admins are the keys with that scope that work", async () => {
      await using fixture = await create();
      const { store, advance } = fixture;
      const lasting = newKey("lasting", { scopes: ["admin"] });
      const ending = newKey("ending", {
        scopes: ["downloads:read", "admin"],
        expiresAt: new Date(Date.now() + 60_000),
      });
      const revoked = newKey("revoked", { scopes: ["admin"] });
      for (const key of [lasting, ending, revoked, newKey("none")]) await store.keys.insert(key);
      await store.keys.revoke(revoked.id);
      const admins = () => store.transaction((tx) => tx.keys.lockAdmins());
      expect([...(await admins())].sort()).toEqual([lasting.id, ending.id].sort());
      await advance(61_000);
      expect(await admins()).toEqual([lasting.id]);
    });

    test("of two that revoke each other when both are the last admins, one stays", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const keys = [newKey("one", { scopes: ["admin"] }), newKey("two", { scopes: ["admin"] })];
      for (const key of keys) await store.keys.insert(key);
      const revoked = await Promise.all(
        keys.map(({ id }) =>
          store.transaction(async (tx) => (await tx.keys.lockAdmins()).length > 1 && (await tx.keys.revoke(id))),
        ),
      );
      expect(revoked.toSorted()).toEqual([false, true]);
    });

    test("lists page by page, newest first, of one owner or of all", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const now = Date.now();
      for (const age of [2, 0, 1]) {
        await store.keys.insert(
          newKey(String(age), { createdAt: new Date(now - age * 1000), owner: age === 1 ? "bob" : "ada" }),
        );
      }
      const [first] = await store.keys.list({ limit: 1 });
      expect(first?.name).toBe("0");
      const rest = await store.keys.list({ limit: 5, after: must(first) });
      expect(rest.map((key) => key.name)).toEqual(["1", "2"]);
      expect((await store.keys.list({ owner: "ada", limit: 5 })).map((key) => key.name)).toEqual(["0", "2"]);
    });
  });
}
