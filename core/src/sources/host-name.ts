/**
 * Whether a host means this machine, this network or a cloud's own services, whatever a resolver says: RFC 6761, 6762,
 * 8375, 9476, bare names, and names of metadata services under public domains.
 */
export function isLocalName(host: string): boolean {
  return (
    /^[^.]+$|(^|\.)(localhost|local|internal|intranet|lan|home|corp|home\.arpa)$/.test(host) || cloudNames.has(host)
  );
}

const cloudNames = new Set(["metadata.goog", "metadata.tencentyun.com", "metadata.platformequinix.com"]);

const label = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

/**
 * The one form of a URL's `hostname` that names are compared in: without the dot at its end and without the brackets of
 * IPv6. Null when it is no proper name: an empty label, as in `localhost..`, means another host to the next resolver.
 */
export function canonicalHost(hostname: string): string | null {
  if (/^\[[0-9a-f:.]+\]$/.test(hostname)) return hostname.slice(1, -1);
  const host = hostname.toLowerCase().replace(/\.$/, "");
  return host.length <= 253 && host.split(".").every((part) => label.test(part)) ? host : null;
}
