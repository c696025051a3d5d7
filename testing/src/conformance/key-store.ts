import type { ApiKey } from "@vidferry/core";
import type { DatabaseSuite } from "./database/fixture.ts";

function newKey(name: string, createdAt: Date): ApiKey {
  return {
    id: `key_${crypto.randomUUID().replaceAll("-", "")}`,
    name,
    owner: "ada",
    scopes: ["read", "write"],
    hash: crypto.randomUUID(),
    lastFour: "wxyz",
    createdAt,
    revokedAt: null,
  };
}

/** What every {@link Keys} must do. */
export function keysConformance({ describe, test, expect, create }: DatabaseSuite): void {
  describe("API keys", () => {
    test("finds a key by its hash, as it was put in", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const key = newKey("it's a \u{1F511}", new Date());
      await store.keys.insert(key);
      expect(await store.keys.findByHash(key.hash)).toEqual(key);
      expect(await store.keys.findByHash("unknown")).toBeNull();
    });

    test("refuses a second key with the same hash", async () => {
      await using fixture = await create();
      const key = newKey("one", new Date());
      await fixture.store.keys.insert(key);
      const again = fixture.store.keys.insert({ ...newKey("two", new Date()), hash: key.hash });
      await expect(again).rejects.toMatchObject({ code: "internal_error" });
    });

    test("finds no revoked key, and revokes once", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const key = newKey("one", new Date());
      await store.keys.insert(key);
      expect(await store.keys.revoke(key.id)).toBe(true);
      expect(await store.keys.revoke(key.id)).toBe(false);
      expect(await store.keys.revoke("key_unknown")).toBe(false);
      expect(await store.keys.findByHash(key.hash)).toBeNull();
      const [listed] = await store.keys.list();
      expect(listed?.revokedAt).toBeInstanceOf(Date);
    });

    test("lists all keys, newest first", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const now = Date.now();
      for (const age of [2, 0, 1]) await store.keys.insert(newKey(String(age), new Date(now - age * 1000)));
      expect((await store.keys.list()).map((key) => key.name)).toEqual(["0", "1", "2"]);
    });
  });
}
