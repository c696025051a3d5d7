import ipaddr from "ipaddr.js";

/**
 * Whether an IP address is an ordinary public one: unicast, and in none of the special-purpose registries of IANA.
 * IPv4 inside IPv6 is judged by what it stands for: v4-mapped and NAT64 (`64:ff9b::/96`, what a DNS64 resolver answers).
 * Tunnels that hide an IPv4 address (6to4, Teredo) are never public. What is not an address is not public either.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const ip = ipaddr.process(address);
  const range = ip.range();
  if (range === "unicast") return true;
  const nat64 = range === "rfc6052" && address.toLowerCase().startsWith("64:ff9b::");
  return nat64 && ipaddr.fromByteArray(ip.toByteArray().slice(12)).range() === "unicast";
}

/** Whether connecting to the address reaches this very machine. */
export function isLoopbackAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const range = ipaddr.process(address).range();
  return range === "loopback" || range === "unspecified";
}
