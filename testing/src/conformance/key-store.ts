import type { ApiKey } from "@vidferry/core";
import type { JobStoreSuite } from "./job-store/fixture.ts";

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

/** What every {@link KeyStore} must do. */
export function keyStoreConformance({ describe, test, expect, name, create }: JobStoreSuite): void {
  describe(`key store: ${name}`, () => {
    test("finds a key by its hash, as it was put in", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const key = newKey("it's a \u{1F511}", new Date());
      await store.insert(key);
      expect(await store.findByHash(key.hash)).toEqual(key);
      expect(await store.findByHash("unknown")).toBeNull();
    });

    test("refuses a second key with the same hash", async () => {
      await using fixture = await create();
      const key = newKey("one", new Date());
      await fixture.store.insert(key);
      const again = fixture.store.insert({ ...newKey("two", new Date()), hash: key.hash });
      await expect(again).rejects.toMatchObject({ code: "internal_error" });
    });

    test("finds no revoked key, and revokes once", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const key = newKey("one", new Date());
      await store.insert(key);
      expect(await store.revoke(key.id)).toBe(true);
      expect(await store.revoke(key.id)).toBe(false);
      expect(await store.revoke("key_unknown")).toBe(false);
      expect(await store.findByHash(key.hash)).toBeNull();
      const [listed] = await store.listKeys();
      expect(listed?.revokedAt).toBeInstanceOf(Date);
    });

    test("lists all keys, newest first", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const now = Date.now();
      for (const age of [2, 0, 1]) await store.insert(newKey(String(age), new Date(now - age * 1000)));
      expect((await store.listKeys()).map((key) => key.name)).toEqual(["0", "1", "2"]);
    });
  });
}
