import { expect, test } from "bun:test";
import { serverWarnings } from "./server-check.ts";

test("a Redis or Valkey that is set up well has no warnings", () => {
  for (const version of ["6.2.0", "7.0.15", "8.8.1", "10.0.0"]) {
    expect(serverWarnings(`# Server\r\nredis_version:${version}\r\nmaxmemory_policy:noeviction\r\n`)).toEqual([]);
  }
});

test("a server that is too old or evicts keys is named with what to do", () => {
  const warnings = serverWarnings("redis_version:6.0.16\r\nmaxmemory_policy:volatile-lru\r\n");
  expect(warnings).toHaveLength(2);
  expect(warnings[0]).toContain("6.2");
  expect(warnings[1]).toContain("noeviction");
  expect(serverWarnings("")).toHaveLength(1);
});
