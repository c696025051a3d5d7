/**
 * What an address counts as: IPv4 alone, of IPv6 the /64, since one machine has all of that. All whose address is not known
 * count as one.
 */
export function networkOf(address: string | null): string {
  if (address === null) return "unknown";
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const missing = tail === undefined ? 0 : 8 - before.length - after.length;
  return `${[...before, ...Array.from({ length: missing }, () => "0"), ...after].slice(0, 4).join(":")}::/64`;
}
