import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { canonicalJson, fingerprintOf } from "./fingerprint.ts";

/** The same value with the names of every object in another order. */
function shuffled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shuffled);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, entry]) => [name, shuffled(entry)]),
  );
}

describe("the fingerprint of a request", () => {
  test("depends on no order of names, at any depth", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(canonicalJson(shuffled(value))).toBe(canonicalJson(value));
        expect(canonicalJson(JSON.parse(canonicalJson(value)))).toBe(canonicalJson(value));
      }),
    );
  });

  test("tells apart what says something else", async () => {
    const requests = [
      { url: "a" },
      { url: "a", labels: {} },
      { url: "a", labels: { a: "1" } },
      { url: "a", labels: { a: "2" } },
      { url: "a", subtitles: { languages: ["en", "de"] } },
      { url: "a", subtitles: { languages: ["de", "en"] } },
      { url: 'a","labels":{}' },
    ];
    const prints = await Promise.all(requests.map(fingerprintOf));
    expect(new Set(prints).size).toBe(requests.length);
    expect(await fingerprintOf({ url: "a", labels: undefined })).toBe(await fingerprintOf({ url: "a" }));
  });

  test("never changes, because stored ones are compared with it", async () => {
    expect(await fingerprintOf({ url: "a", labels: { b: "2", a: "1" } })).toBe(
      "c1:e7d178b6cb24df034846b05515de1ee138b1c2af38e58dbdd70ce6ce400032a4",
    );
  });
});
