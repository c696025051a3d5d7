import { isIP, isIPv4 } from "node:net";

/**
 * The one way an address is written here, or null when the text is none: IPv6 in its short form, without a zone; an IPv4 address
 * as such, also where an IPv6 socket shows it as `::ffff:192.0.2.1`.
 */
export function canonicalAddress(text: string): string | null {
  if (isIPv4(text)) return text;
  const bare = text.replace(/%.*$/, "");
  if (isIP(bare) !== 6) return null;
  const short = new URL(`http://[${bare}]`).hostname.slice(1, -1);
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(short) ?? [];
  if (high === undefined || low === undefined) return short;
  const bits = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return bits.flatMap((part) => [part >> 8, part & 0xff]).join(".");
}

/** The address in an entry of a proxy's header, with or without a port and brackets; null when it is none (`unknown`, `_hidden`). */
export function forwardedAddress(entry: string): string | null {
  const text = entry.trim();
  const bracketed = /^\[([^\]]+)\](?::\d{1,5})?$/.exec(text)?.[1];
  return canonicalAddress(bracketed ?? text.replace(/^([\d.]+):\d{1,5}$/, "$1"));
}
