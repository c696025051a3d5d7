import { describe, expect, test } from "bun:test";
import { createPolicy, type PolicyOptions } from "./policy.ts";
import { parseAuthority } from "./target.ts";

/** What the policy says of a target: the addresses, or why not. */
async function check(authority: string, options: Partial<PolicyOptions>): Promise<readonly string[] | string> {
  const policy = createPolicy({
    allowPrivateHosts: [],
    allowedHosts: null,
    lookup: async () => ["93.184.216.34"],
    lookupTimeoutMs: 1_000,
    trustUnresolved: false,
    ownPort: () => 1,
    ownNetworks: () => [],
    ...options,
  });
  const target = parseAuthority(authority, 443);
  if (target === null) return "no target";
  return policy.check(target).catch((error: Error) => error.message);
}

describe("the policy of the egress guard", () => {
  test("opens the metadata service of a cloud by its address alone, never by a name that leads there", async () => {
    const lookup = async () => ["169.254.169.254"];
    const allowPrivateHosts = ["named.example", "168.63.129.16"];
    const service = "named.example is the metadata service of a cloud";
    expect(await check("named.example:80", { allowPrivateHosts, lookup })).toBe(service);
    expect(await check("named.example:80", { allowPrivateHosts, lookup: async () => ["168.63.129.16"] })).toBe(service);
    expect(await check("169.254.169.254:80", { allowPrivateHosts })).toBe(
      "169.254.169.254 is the metadata service of a cloud",
    );
    expect(await check("168.63.129.16:80", { allowPrivateHosts })).toEqual(["168.63.129.16"]);
    expect(await check("168.63.129.16:80", {})).toBe("168.63.129.16 is the metadata service of a cloud");
  });

  test("takes the networks that this machine is on for private, unless a host of them is named", async () => {
    const ownNetworks = () => ["127.0.0.1/8", "93.184.216.7/24", "2a00:1450:4001:80b::5/64", "8.8.8.8/0", "none"];
    const inside = ["93.184.216.7", "93.184.216.34", "[2a00:1450:4001:80b::5]", "[2a00:1450:4001:80b:1::9]", "8.8.8.8"];
    for (const host of inside) {
      const bare = host.replace(/[[\]]/g, "");
      expect(await check(`${host}:6379`, { ownNetworks })).toBe(`${bare} is on a network of this machine`);
      expect(await check("named.example", { ownNetworks, lookup: async () => [bare] })).toContain("of this machine");
      expect(await check(`${host}:6379`, { ownNetworks, allowPrivateHosts: [host] })).toEqual([bare]);
    }
    for (const host of ["93.184.217.7", "[2a00:1450:4001:80c::5]", "8.8.4.4"]) {
      expect(await check(host, { ownNetworks })).toEqual([host.replace(/[[\]]/g, "")]);
    }
  });

  test("keeps to the allowed hosts, their subdomains and those that the operator named", async () => {
    const options = { allowedHosts: ["open.example"], allowPrivateHosts: ["127.0.0.1:8080"] };
    const closed = ["closed.example", "notopen.example", "open.example.org", "8.8.8.8"];
    for (const host of closed) expect(await check(host, options)).toBe(`${host} is not one of the allowed hosts`);
    for (const host of ["open.example", "cdn.open.example", "OPEN.example."]) {
      expect(await check(host, options)).toEqual(["93.184.216.34"]);
    }
    expect(await check("127.0.0.1:8080", options)).toEqual(["127.0.0.1"]);
  });

  test("may be told that no public host is needed", async () => {
    expect(await check("open.example", { allowedHosts: [] })).toBe("open.example is not one of the allowed hosts");
  });

  test.each(["localhost", "nas", "db.internal", "metadata.google.internal", "metadata.goog"])(
    "takes %s for a private name whatever it resolves to, unless it is named",
    async (host) => {
      expect(await check(host, {})).toBe(`${host} is a name of a private network`);
      expect(await check(host, { trustUnresolved: true, lookup: async () => [] })).toContain("private network");
      expect(await check(host, { allowPrivateHosts: [host] })).toEqual(["93.184.216.34"]);
    },
  );
});
