import { describe, expect, test } from "bun:test";
import type { ApiKey, KeyId, SeenKey } from "@vidferry/core";
import { eventually } from "@vidferry/testing";
import { makeKey } from "../testing/samples.ts";
import type { Principal } from "./auth.ts";
import { createKeyWatch } from "./key-watch.ts";

function watching() {
  const working = new Map<KeyId, ApiKey>();
  const key = makeKey("hash", ["downloads:read", "files:read"]);
  working.set(key.id, key);
  let asked = 0;
  let read = 0;
  let failure: Error | null = null;
  const watch = createKeyWatch({
    keys: {
      changed: async (seen) => {
        asked += 1;
        if (failure !== null) throw failure;
        const isSame = ({ id, hash, previousHash, scopes }: SeenKey): boolean => {
          const found = working.get(id);
          const secrets = [found?.hash, found?.previous?.hash ?? null];
          return JSON.stringify([secrets, found?.scopes]) === JSON.stringify([[hash, previousHash], scopes]);
        };
        return seen.filter((one) => !isSame(one)).map(({ id }) => id);
      },
      working: async (ids) => {
        read += ids.length;
        return ids.flatMap((id) => working.get(id) ?? []);
      },
    },
    logger: { warn: () => undefined },
    everyMs: 5,
  });
  const principal: Principal = { owner: "alice", scopes: ["downloads:read"], keyId: key.id, secretHash: "hash" };
  let ended = 0;
  return {
    key,
    set: (changes: Partial<ApiKey> | null) =>
      changes === null ? working.delete(key.id) : working.set(key.id, { ...key, ...changes }),
    fail: (error: Error | null) => {
      failure = error;
    },
    open: (of: Partial<Principal> = {}) => watch.watch({ ...principal, ...of }, () => (ended += 1)),
    ended: () => ended,
    asked: () => asked,
    read: () => read,
  };
}

describe("the watch over keys", () => {
  test("ends what a key opened once it does not work any more, each once", async () => {
    const { open, set, ended, asked } = watching();
    open();
    open();
    await eventually(() => asked() > 2);
    expect(ended()).toBe(0);
    set(null);
    await eventually(() => ended() === 2);
    const before = asked();
    open({ keyId: null });
    expect(asked()).toBe(before);
  });

  test("ends what was opened with a secret that was replaced, and what the key may not open any more", async () => {
    const { open, set, ended, asked } = watching();
    open();
    set({ hash: "new", previous: { hash: "hash", until: new Date() } });
    const before = asked();
    await eventually(() => asked() > before + 2);
    expect(ended()).toBe(0);
    set({ hash: "new" });
    await eventually(() => ended() === 1);
    open({ secretHash: null });
    set({ scopes: ["admin"] });
    const then = asked();
    await eventually(() => asked() > then + 2);
    expect(ended()).toBe(1);
    set({ scopes: ["files:read"] });
    await eventually(() => ended() === 2);
  });

  test("reads a key once for all that it opened, and again only when something was opened or it changed", async () => {
    const { open, set, ended, asked, read } = watching();
    open();
    open();
    await eventually(() => asked() > 3);
    expect(read()).toBe(1);
    open();
    await eventually(() => read() === 2);
    set({ hash: "new", previous: { hash: "hash", until: new Date() } });
    await eventually(() => read() === 3);
    const before = asked();
    await eventually(() => asked() > before + 2);
    expect(read()).toBe(3);
    expect(ended()).toBe(0);
  });

  test("ends what is opened by what was known of a key before it changed", async () => {
    const { open, set, ended, asked } = watching();
    open();
    set({ hash: "new", previous: { hash: "hash", until: new Date() } });
    const before = asked();
    await eventually(() => asked() > before + 2);
    open({ secretHash: "older" });
    await eventually(() => ended() === 1);
  });

  test("asks nothing while nothing is open, and goes on when the store was away", async () => {
    const { open, set, fail, ended, asked } = watching();
    const close = open();
    await eventually(() => asked() > 0);
    close();
    fail(new Error("away"));
    open();
    const before = asked();
    await eventually(() => asked() > before + 2);
    expect(ended()).toBe(0);
    set(null);
    fail(null);
    await eventually(() => ended() === 1);
  });
});
