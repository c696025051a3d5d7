import { BlockList, isIPv6 } from "node:net";

/** Names for networks, and what they stand for. */
const named: Readonly<Record<string, readonly string[]>> = {
  loopback: ["127.0.0.0/8", "::1"],
  private: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "fc00::/7", "fe80::/10"],
};

// By the list itself: that of a key lives as long as its cached look-up.
const read = new WeakMap<readonly string[], BlockList>();

/** Whether an address in its canonical form is in one of these networks: addresses, CIDRs, `loopback`, `private`. */
export function isWithin(address: string, networks: readonly string[]): boolean {
  let list = read.get(networks);
  if (list === undefined) {
    list = new BlockList();
    for (const text of networks.flatMap((name) => named[name] ?? [name])) {
      const [net = "", prefix] = text.split("/");
      const family = isIPv6(net) ? "ipv6" : "ipv4";
      list.addSubnet(net, prefix === undefined ? (family === "ipv6" ? 128 : 32) : Number(prefix), family);
    }
    read.set(networks, list);
  }
  return list.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}
