import { describe, expect, test } from "bun:test";
import { createApiKey, hashApiKey, isApiKeyText } from "./key-secret.ts";

const deps = {
  ids: { next: <P extends string>(prefix: P) => `${prefix}_${"0".repeat(32)}` as const },
  clock: { now: () => new Date("2026-11-01T00:00:00Z"), sleep: async () => undefined },
};

describe("API keys", () => {
  test("a new key keeps the hash of its secret, never the secret", async () => {
    const { key, secret } = await createApiKey(deps, { name: "ci" });
    expect(secret).toMatch(/^vf_[0-9A-Za-z]{46}$/);
    expect(key.hash).toBe(await hashApiKey(secret));
    expect(JSON.stringify(key)).not.toContain(secret);
    expect(key.lastFour).toBe(secret.slice(-4));
    expect(key.owner).toBe(key.id);
    expect(key.scopes).toEqual(["write"]);
  });

  test("the hash is plain SHA-256 in hex", async () => {
    expect(await hashApiKey("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  });

  test("secrets differ and carry a valid check part", async () => {
    const secrets = await Promise.all(
      Array.from({ length: 50 }, async () => (await createApiKey(deps, { name: "k" })).secret),
    );
    expect(new Set(secrets).size).toBe(50);
    expect(secrets.every(isApiKeyText)).toBe(true);
  });

  test("a changed, cut or foreign text is not taken for a secret", async () => {
    const { secret } = await createApiKey(deps, { name: "k" });
    const flipped = secret.slice(0, 10) + (secret[10] === "a" ? "b" : "a") + secret.slice(11);
    for (const text of [flipped, secret.slice(0, -1), `${secret}a`, ` ${secret}`, `sk_${secret.slice(3)}`, ""]) {
      expect(isApiKeyText(text)).toBe(false);
    }
  });
});
