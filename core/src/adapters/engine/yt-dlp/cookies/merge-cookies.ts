import { type Cookie, lineInFile, netscapeHeader, parseCookie, parseCookies } from "../../../../egress/netscape.ts";

/** The cookies of one run of yt-dlp, before and after. */
export interface CookieChanges {
  /** As they were copied for the run. */
  readonly copied: ReadonlyMap<string, Cookie>;
  /** As the run left them. */
  readonly returned: ReadonlyMap<string, Cookie>;
  /** Whether a missing cookie was deleted by the site; false: the run may just not have written it. */
  readonly complete: boolean;
}

/**
 * Merges the changes of a run into the current content of the file, which other runs or the operator may have written meanwhile.
 * Only cookies that this run changed are touched; where both sides changed a cookie, the one that expires later counts as newer.
 * Cookies of sites that are not in the file are dropped: any link may lead to a site that sets thousands. Comments and the order
 * of the lines stay. Returns null when there is nothing to write.
 */
export function mergeCookies(file: string, { copied, returned, complete }: CookieChanges): string | null {
  const current = parseCookies(file);
  // The operator has replaced the cookies: changes of the old session would break the new one.
  const survivors = [...copied.values()].filter(({ key, line }) => current.get(key)?.line === line);
  if (copied.size > 2 && survivors.length === 0) return null;

  const named = new Set(Array.from(current.values(), ({ domain }) => hostOf(domain)));
  const replaced = new Map<string, Cookie | null>();
  for (const cookie of returned.values()) {
    const before = copied.get(cookie.key);
    const now = current.get(cookie.key);
    if (cookie.line === before?.line || cookie.line === now?.line) continue;
    // Deleted from the file in the meantime.
    if (before !== undefined && now === undefined) continue;
    if (!isWithin(hostOf(cookie.domain), named)) continue;
    if (now !== undefined && now.line !== before?.line && now.expires > cookie.expires) continue;
    replaced.set(cookie.key, cookie);
  }
  for (const { key, line } of complete ? copied.values() : []) {
    if (!returned.has(key) && current.get(key)?.line === line) replaced.set(key, null);
  }
  if (replaced.size === 0) return null;

  const lines: string[] = [];
  for (const line of file.replace(/\n$/, "").split("\n")) {
    const cookie = parseCookie(line);
    const change = cookie === null ? undefined : replaced.get(cookie.key);
    if (cookie === null || change === undefined) lines.push(line);
    else if (change !== null && current.get(cookie.key) !== undefined) {
      lines.push(lineInFile(change, cookie.httpOnly));
      // A later line with the same key would override it.
      replaced.set(cookie.key, null);
    }
  }
  for (const [key, cookie] of replaced) if (cookie !== null && !current.has(key)) lines.push(cookie.line);
  const text = `${lines.join("\n")}\n`;
  // An empty file would log the operator out, and can only be an accident.
  if (parseCookies(text).size === 0) return null;
  return text.startsWith("#") ? text : netscapeHeader + text;
}

const hostOf = (domain: string) => domain.replace(/^\./, "").toLowerCase();

/** Whether the host is one of these or a subdomain of one. Not a parent domain: `co.uk` is a public suffix. */
function isWithin(host: string, named: ReadonlySet<string>): boolean {
  const labels = host.split(".");
  return labels.some((_, index) => named.has(labels.slice(index).join(".")));
}
