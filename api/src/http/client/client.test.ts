import { describe, expect, test } from "bun:test";
import { createOpenAuth } from "../../auth/auth.ts";
import { createHarness } from "../../testing/harness.ts";
import { startHarness } from "../../testing/live-server.ts";
import { exchange } from "../../testing/raw-client.ts";
import { canonicalAddress, forwardedAddress } from "./address.ts";
import { readClient } from "./client.ts";

const client = (trusted: readonly string[], peer: string, headers: Record<string, string>) =>
  readClient(trusted, peer, new Headers(headers));
const addressOf = (trusted: readonly string[], peer: string, headers: Record<string, string>) =>
  client(trusted, peer, headers).address;

describe("an address", () => {
  test.each([
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::FFFF:C000:0201", "192.0.2.1"],
    ["2001:DB8:0:0::1", "2001:db8::1"],
    ["fe80::1%eth0", "fe80::1"],
    ["192.0.2.01", null],
    ["192.0.2", null],
    ["3221225985", null],
    ["0xc0000201", null],
    ["", null],
    ["localhost", null],
    ["::1]", null],
  ])("%j is written as %j", (text, canonical) => {
    expect(canonicalAddress(text)).toBe(canonical);
  });

  test.each([
    [" 192.0.2.1 ", "192.0.2.1"],
    ["192.0.2.1:4711", "192.0.2.1"],
    ["[2001:db8::1]", "2001:db8::1"],
    ["[2001:db8::1]:4711", "2001:db8::1"],
    ["2001:db8::1", "2001:db8::1"],
    ["[::ffff:192.0.2.1]:1", "192.0.2.1"],
    ["unknown", null],
    ["_hidden", null],
    ["192.0.2.1:port", null],
    ["[2001:db8::1", null],
    ["'; DROP TABLE jobs", null],
  ])("%j in a proxy's header is %j", (entry, address) => {
    expect(forwardedAddress(entry)).toBe(address);
  });
});

describe("the client", () => {
  const spoofed = {
    "X-Forwarded-For": "203.0.113.9",
    Forwarded: "for=203.0.113.9;proto=https",
    "X-Forwarded-Proto": "https",
  };

  test("is the peer, whatever headers say, where no proxy is trusted or another sends them", () => {
    for (const trusted of [[], ["10.0.0.7"], ["private"]])
      expect(client(trusted, "198.51.100.4", spoofed)).toEqual({ address: "198.51.100.4", isSecure: false });
  });

  test("is what the trusted proxy saw, not what the client wrote before it", () => {
    const headers = { "X-Forwarded-For": "127.0.0.1, 10.9.9.9, 203.0.113.9" };
    expect(addressOf(["10.0.0.7"], "10.0.0.7", headers)).toBe("203.0.113.9");
    expect(addressOf(["10.0.0.7"], "::ffff:10.0.0.7", headers)).toBe("203.0.113.9");
  });

  test("is behind every trusted proxy of a chain, and is its first link when all are trusted", () => {
    const headers = { "X-Forwarded-For": "6.6.6.6, 203.0.113.9, 10.0.0.2" };
    expect(addressOf(["private"], "10.0.0.1", headers)).toBe("203.0.113.9");
    expect(addressOf(["10.0.0.1"], "10.0.0.1", headers)).toBe("10.0.0.2");
    expect(addressOf(["loopback"], "::1", { "X-Forwarded-For": "127.0.0.1" })).toBe("127.0.0.1");
    expect(addressOf(["2001:db8::/32"], "2001:db8::5", { "X-Forwarded-For": "[2001:db9::1]:80" })).toBe("2001:db9::1");
  });

  test("is read from Forwarded as well, with quotes, ports and capitals", () => {
    const of = (forwarded: string) => client(["10.0.0.7"], "10.0.0.7", { Forwarded: forwarded });
    expect(of('for=6.6.6.6, For="[2001:db8::1]:4711";Proto=HTTPS;by=10.0.0.7')).toEqual({
      address: "2001:db8::1",
      isSecure: true,
    });
    expect(of("for=203.0.113.9;host=x").address).toBe("203.0.113.9");
    // What looks like another element stands inside a quoted text.
    expect(of('for="203.0.113.9";host="a, for=6.6.6.6"').address).toBe("203.0.113.9");
  });

  test("is not known, rather than taken for the proxy, when the chain is broken or two headers contradict each other", () => {
    const of = (headers: Record<string, string>) => addressOf(["private"], "10.0.0.7", headers);
    expect(of({ "X-Forwarded-For": "unknown" })).toBeNull();
    expect(of({ "X-Forwarded-For": "203.0.113.9, " })).toBeNull();
    expect(of({ Forwarded: 'for="_hidden"' })).toBeNull();
    expect(of({ Forwarded: `for=203.0.113.9;${"a".repeat(1_000)}` })).toBeNull();
    expect(of({ Forwarded: "for=6.6.6.6", "X-Forwarded-For": "203.0.113.9" })).toBeNull();
    expect(of({ Forwarded: "for=203.0.113.9", "X-Forwarded-For": "203.0.113.9" })).toBe("203.0.113.9");
    expect(of({ "X-Forwarded-For": `${"x,".repeat(5_000)}203.0.113.9` })).toBe("203.0.113.9");
  });

  test("speaks TLS when the nearest trusted proxies say so", () => {
    const proto = (headers: Record<string, string>) => client(["10.0.0.7", "10.0.0.8"], "10.0.0.7", headers).isSecure;
    expect(proto({ "X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https" })).toBe(true);
    expect(proto({ "X-Forwarded-For": "203.0.113.9, 10.0.0.8", "X-Forwarded-Proto": "https, http" })).toBe(true);
    expect(proto({ "X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https, http" })).toBe(false);
    expect(proto({ "X-Forwarded-Proto": "https" })).toBe(true);
    expect(proto({ "X-Forwarded-For": "203.0.113.9" })).toBe(false);
  });
});

describe("behind a trusted proxy", () => {
  test("the log names the client, and browsers are told to stay with TLS", async () => {
    const { url, logger } = await startHarness({ config: { trustedProxies: ["loopback"] } });
    const head = "GET /api/v1/downloads HTTP/1.0\r\nX-Forwarded-For: 6.6.6.6, 203.0.113.9\r\nX-Forwarded-Proto: ";
    const secure = await exchange(url, `${head}https\r\n\r\n`);
    expect(secure.headers["strict-transport-security"]).toBe("max-age=31536000");
    expect((await exchange(url, `${head}http\r\n\r\n`)).headers["strict-transport-security"]).toBeUndefined();
    expect(logger.lines.at(-1)?.fields).toMatchObject({ client: "203.0.113.9" });
  });

  test("a header of anybody else changes neither", async () => {
    const { url, logger } = await startHarness({ config: { trustedProxies: ["10.0.0.0/8"] } });
    const head = "GET /api/v1/downloads HTTP/1.0\r\nX-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\n\r\n";
    expect((await exchange(url, head)).headers["strict-transport-security"]).toBeUndefined();
    expect(logger.lines.at(-1)?.fields).toMatchObject({ client: "127.0.0.1" });
  });

  test("pages of the service's own address may act over TLS", async () => {
    const { app } = createHarness({ auth: createOpenAuth(), config: { trustedProxies: ["loopback"] } });
    const act = (proto: string) =>
      app.request(
        "http://127.0.0.1/api/v1/tickets",
        { method: "POST", headers: { Origin: "https://127.0.0.1", "X-Forwarded-Proto": proto } },
        { address: "127.0.0.1" },
      );
    expect((await act("https")).status).toBe(201);
    expect((await act("http")).status).toBe(403);
  });
});
