import { isIP } from "node:net";
import { canonicalHost } from "../../../sources/host-name.ts";

/** Where a client of the guard wants to go. */
export interface Target {
  /** In the URL standard's form: lower case, punycode, IP addresses canonical and without brackets, no trailing dot. */
  readonly host: string;
  readonly port: number;
  /** The host is an IP address, not a name. */
  readonly literal: boolean;
}

/** `host` or `host:port` as a URL or a CONNECT line has it; null when it is neither. Odd notations of addresses become canonical. */
export function parseAuthority(text: string, defaultPort?: number): Target | null {
  if (!/^[^\s/?#@\\]+$/.test(text)) return null;
  const explicit = /:(\d{1,5})$/.exec(text)?.[1];
  const port = explicit === undefined ? defaultPort : Number(explicit);
  if (port === undefined || port < 1 || port > 65_535) return null;
  const url = URL.parse(`http://${text}`);
  if (url === null) return null;
  const host = canonicalHost(url.hostname);
  return host === null ? null : { host, port, literal: isIP(host) !== 0 };
}

/** `host:port` for a request line, a `Host` header or a log; IPv6 in brackets. */
export function formatAuthority(target: Pick<Target, "host" | "port">): string {
  return `${target.host.includes(":") ? `[${target.host}]` : target.host}:${target.port}`;
}

/** A plain proxy request's absolute URI: where to, and the path as it was sent (signed URLs must not be rewritten). */
export function parseAbsoluteUri(uri: string): { readonly target: Target; readonly path: string } | null {
  const match = /^http:\/\/([^/?#]*)([^#]*)/i.exec(uri);
  const target = parseAuthority(match?.[1] ?? "", 80);
  if (!match || !target) return null;
  const path = match[2] ?? "";
  return { target, path: path.startsWith("/") ? path : `/${path}` };
}
