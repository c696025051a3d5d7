/**
 * Whether a host name refers to this machine, the local network or a cloud's metadata service, whatever it resolves to:
 * RFC 6761, 6762, 8375, 9476, names without a dot, and names of metadata services under public domains.
 */
export function isLocalName(host: string): boolean {
  return (
    /^[^.]+$|(^|\.)(localhost|local|internal|intranet|lan|home|corp|home\.arpa)$/.test(host) || cloudNames.has(host)
  );
}

const cloudNames = new Set(["metadata.goog", "metadata.tencentyun.com", "metadata.platformequinix.com"]);

const label = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

/**
 * The canonical form of a URL's `hostname`, in which host names are compared: without a trailing dot and without the brackets
 * of IPv6. Null for an invalid name: resolvers disagree about an empty label, as in `localhost..`.
 */
export function canonicalHost(hostname: string): string | null {
  if (/^\[[0-9a-f:.]+\]$/.test(hostname)) return hostname.slice(1, -1);
  const host = hostname.toLowerCase().replace(/\.$/, "");
  return host.length <= 253 && host.split(".").every((part) => label.test(part)) ? host : null;
}
