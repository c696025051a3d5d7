import { describe, expect, test } from "bun:test";
import { allows, canonicalScopes, isKeyScope, type KeyScope, scopes } from "./scopes.ts";

describe("scopes", () => {
  test("`read` stands for reading downloads and files, `write` for everything but `admin`", () => {
    expect(canonicalScopes(["read"])).toEqual(["downloads:read", "files:read"]);
    expect(canonicalScopes(["write"])).toEqual(["downloads:read", "downloads:write", "files:read", "webhooks"]);
    expect(canonicalScopes(["write", "read", "files:read"])).toEqual(canonicalScopes(["write"]));
  });

  test("a scope allows its own operations alone, `admin` allows all", () => {
    for (const held of scopes) {
      for (const needed of scopes) expect(allows([held], needed)).toBe(held === needed || held === "admin");
    }
    expect(allows([], "downloads:read")).toBe(false);
  });

  test("a name of a later version grants nothing and breaks nothing", () => {
    expect(canonicalScopes(["downloads:read", "moon:land" as KeyScope])).toEqual(["downloads:read"]);
    expect(isKeyScope("moon:land")).toBe(false);
    expect(isKeyScope("write")).toBe(true);
  });
});
