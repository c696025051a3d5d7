import ipaddr from "ipaddr.js";

type Address = ReturnType<typeof ipaddr.process>;

/** Addresses of cloud metadata services, which hand out credentials. Azure's is in the public range. */
const metadataServices = new Set(
  [
    "169.254.169.254",
    "169.254.170.2",
    "169.254.170.23",
    "168.63.129.16",
    "100.100.100.200",
    "192.0.0.192",
    "fd00:ec2::254",
    "fd00:ec2::23",
    "fd20:ce::254",
  ].map((address) => ipaddr.parse(address).toString()),
);

/** The effective address: embedded IPv4 is extracted where a network would do so (v4-mapped, and NAT64 `64:ff9b::/96`). */
function meant(address: string): Address | null {
  if (!ipaddr.isValid(address)) return null;
  const ip = ipaddr.process(address);
  const isNat64 = ip.kind() === "ipv6" && ip.match(nat64);
  return isNat64 ? ipaddr.fromByteArray(ip.toByteArray().slice(12)) : ip;
}

const nat64 = ipaddr.parseCIDR("64:ff9b::/96");

/**
 * Whether an IP address is an ordinary public one: unicast, in none of the special-purpose registries of IANA, for IPv6
 * within 2000::/3 (nothing else has been given out), and no cloud's metadata service.
 * Embedded IPv4 counts as that IPv4 address: v4-mapped and NAT64 (answers of a DNS64 resolver).
 * Tunnels with an embedded IPv4 address (6to4, Teredo) are never public. A text that is not an address is not public either.
 */
export function isPublicAddress(address: string): boolean {
  const ip = meant(address);
  if (ip === null || ip.range() !== "unicast" || metadataServices.has(ip.toString())) return false;
  return ip.kind() === "ipv4" || (ip.toByteArray()[0] ?? 0) >> 5 === 1;
}

/** Whether a cloud's metadata service answers there. */
export function isMetadataAddress(address: string): boolean {
  const ip = meant(address);
  return ip !== null && metadataServices.has(ip.toString());
}

/** Whether connecting to the address reaches this very machine. */
export function isLoopbackAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const range = ipaddr.process(address).range();
  return range === "loopback" || range === "unspecified";
}

/** Shortest plausible prefix of an interface; with fewer bits only its own address counts. */
const leastPrefix = 8;

/** Whether the address lies on the network of one of these interfaces, each given as its own address and the prefix. */
export function isOnNetworkOf(address: string, interfaces: readonly string[]): boolean {
  const ip = meant(address);
  return interfaces.some((network) => {
    if (ip === null || !ipaddr.isValidCIDR(network)) return false;
    const [own, prefix] = ipaddr.parseCIDR(network);
    if (own.kind() !== ip.kind()) return false;
    return ip.match(own, prefix < leastPrefix ? own.toByteArray().length * 8 : prefix);
  });
}
