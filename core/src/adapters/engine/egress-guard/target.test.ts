import { describe, expect, test } from "bun:test";
import { formatAuthority, parseAbsoluteUri, parseAuthority } from "./target.ts";

describe("targets", () => {
  test.each([
    ["Example.COM:443", "example.com", 443],
    ["example.com.:443", "example.com", 443],
    ["bücher.example:80", "xn--bcher-kva.example", 80],
    ["2130706433:80", "127.0.0.1", 80],
    ["0x7f.1:80", "127.0.0.1", 80],
    ["0177.0.0.1:80", "127.0.0.1", 80],
    ["127.1:80", "127.0.0.1", 80],
    ["１２７.0.0.1:80", "127.0.0.1", 80],
    ["%31%32%37.0.0.1:80", "127.0.0.1", 80],
    ["[::1]:8080", "::1", 8080],
    ["[::ffff:127.0.0.1]:80", "::ffff:7f00:1", 80],
  ])("%s is %s port %d", (text, host, port) => {
    expect(parseAuthority(text)).toEqual({ host, port, literal: /^[\d.]+$|:/.test(host) });
  });

  test.each([
    "example.com",
    "example.com:0",
    "example.com:65536",
    "a b:80",
    "user@host:80",
    "host/path:80",
    "::1:80",
    ":80",
    "[::1:80",
    "h\\x:80",
    ".:80",
    "localhost..:80",
    "metadata.google.internal..:80",
    "a..b:80",
    "[fe80::1%25eth0]:80",
  ])("%s is no authority", (text) => expect(parseAuthority(text)).toBeNull());

  test("an absolute URI keeps its path as it was sent", () => {
    expect(parseAbsoluteUri("http://Example.com/a/../b%7Ec?x=%2F#f")).toEqual({
      target: { host: "example.com", port: 80, literal: false },
      path: "/a/../b%7Ec?x=%2F",
    });
    expect(parseAbsoluteUri("http://example.com:8080?x")?.path).toBe("/?x");
  });

  test.each([
    "/path",
    "https://example.com/",
    "ftp://example.com/",
    "http://user:pw@example.com/",
    "http://",
    "http:///x",
  ])("%s is no absolute http URI", (uri) => expect(parseAbsoluteUri(uri)).toBeNull());

  test("IPv6 gets its brackets back", () => {
    expect(formatAuthority({ host: "::1", port: 80 })).toBe("[::1]:80");
    expect(formatAuthority({ host: "example.com", port: 443 })).toBe("example.com:443");
  });
});
