import { describe, expect, test } from "bun:test";
import { canonicalHost, isLocalName } from "./host-name.ts";

describe("a host", () => {
  test.each([
    ["Example.COM", "example.com"],
    ["example.com.", "example.com"],
    ["xn--bcher-kva.example", "xn--bcher-kva.example"],
    ["_dmarc.example.com", "_dmarc.example.com"],
    ["127.0.0.1", "127.0.0.1"],
    ["[::1]", "::1"],
  ])("%s is %s", (hostname, host) => expect(canonicalHost(hostname)).toBe(host));

  test.each([
    "",
    ".",
    "localhost..",
    "metadata.google.internal..",
    "a..b",
    ".example.com",
    "example.com...",
    "-a.com",
    "a b.com",
    "a%2e.com",
    "[fe80::1%25eth0]",
    "::1",
    `${"a".repeat(64)}.com`,
    `${"abc.".repeat(64)}com`,
  ])("%s is no proper name", (hostname) => expect(canonicalHost(hostname)).toBeNull());

  test.each([
    "localhost",
    "a.localhost",
    "nas",
    "printer.local",
    "metadata.google.internal",
    "metadata.goog",
    "db.corp",
  ])("%s is a local name", (host) => expect(isLocalName(host)).toBe(true));

  test.each(["example.com", "notlocal.com", "local.example.com"])("%s is none", (host) =>
    expect(isLocalName(host)).toBe(false),
  );
});
