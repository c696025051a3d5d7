import { expect, test } from "bun:test";
import { isPassing, retryAfterOf, retryDelay } from "./retry-policy.ts";

const now = Date.parse("2026-11-01T00:00:00Z");

test.each([
  [{}, null],
  [{ "retry-after": "3" }, 3_000],
  [{ "retry-after": "0" }, 0],
  [{ "retry-after": "Sun, 01 Nov 2026 00:00:09 GMT" }, 9_000],
  [{ "retry-after": "Sat, 31 Oct 2026 00:00:00 GMT" }, 0],
  [{ "retry-after": "soon" }, null],
  [{ "retry-after-ms": "250", "retry-after": "3" }, 250],
  [{ "retry-after-ms": "-1", "retry-after": "3" }, 3_000],
])("reads the wait that %p asks for", (headers, wait) => {
  expect(retryAfterOf(new Headers(headers as Record<string, string>), now)).toBe(wait);
});

test("doubles the wait up to eight seconds, less up to a quarter", () => {
  const longest = [1, 2, 3, 4, 5, 6, 60].map((retry) => retryDelay(retry, null, () => 0));
  expect(longest).toEqual([500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);
  expect(retryDelay(5, null, () => 0.999)).toBeWithin(6_000, 6_010);
});

test("waits as long as it is asked to, and leaves more than a minute to the caller", () => {
  expect(retryDelay(1, 0)).toBe(0);
  expect(retryDelay(9, 60_000)).toBe(60_000);
  expect(retryDelay(1, 60_001)).toBeNull();
});

test("repeats what is passing, unless the service says otherwise", () => {
  const passing = (status: number, said?: string) =>
    isPassing(new Response(null, { status, headers: said === undefined ? {} : { "x-should-retry": said } }));
  expect([400, 401, 404, 409, 422, 408, 429, 500, 503].filter((status) => passing(status))).toEqual([
    408, 429, 500, 503,
  ]);
  expect([passing(503, "false"), passing(404, "true")]).toEqual([false, true]);
});
