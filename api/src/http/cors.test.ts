import { expect, test } from "bun:test";
import { createHarness } from "../testing/harness.ts";
import { startHarness } from "../testing/live-server.ts";
import { exchange } from "../testing/raw-client.ts";

const origin = "https://app.example";
const from = (corsOrigins: readonly string[], page = origin) =>
  createHarness({ config: { corsOrigins } }).send("GET", "/livez", undefined, { Origin: page });

test("pages of named origins read what the limits say, and may send cookies", async () => {
  const { headers } = await from([origin]);
  expect(headers.get("access-control-allow-origin")).toBe(origin);
  expect(headers.get("access-control-allow-credentials")).toBe("true");
  const shown = headers.get("access-control-expose-headers") ?? "";
  for (const name of ["RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-Id"]) expect(shown).toContain(name);
});

test("pages of any origin never send cookies, nor do sandboxed ones", async () => {
  expect((await from(["*"])).headers.get("access-control-allow-origin")).toBe("*");
  for (const origins of [["*"], ["*", origin], [origin, "null"]])
    expect((await from(origins)).headers.has("access-control-allow-credentials")).toBe(false);
});

test("pages of other origins read nothing", async () => {
  for (const origins of [[], [origin]])
    expect((await from(origins, "https://evil.example")).headers.has("access-control-allow-origin")).toBe(false);
});

test("a browser may do nothing with an answer to what is no request either", async () => {
  const { url } = await startHarness();
  const { headers } = await exchange(url, "GARBAGE\r\n\r\n");
  expect(headers).toMatchObject({
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
  });
  expect(headers["x-request-id"]).toStartWith("req_");
});
