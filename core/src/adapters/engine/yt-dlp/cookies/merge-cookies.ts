import { type Cookie, lineInFile, netscapeHeader, parseCookie, parseCookies } from "./netscape.ts";

/** What one run of yt-dlp made of the cookies it was lent. */
export interface CookieChanges {
  /** As they were lent. */
  readonly lent: ReadonlyMap<string, Cookie>;
  /** As they came back. */
  readonly returned: ReadonlyMap<string, Cookie>;
  /** Whether a cookie that did not come back was taken away by the site; false: the run may just not have written it. */
  readonly complete: boolean;
}

/**
 * Puts what a run changed into the file as it is by now: other runs, and the operator, may have written it meanwhile. Only
 * what this run changed is touched; where both changed one cookie, the one that lasts longer is the newer one. Sites that
 * the file does not name put nothing into it: any link may lead to one that hands out cookies by the thousand. Comments
 * and the order of the lines stay. Returns null when there is nothing to write.
 */
export function mergeCookies(file: string, { lent, returned, complete }: CookieChanges): string | null {
  const current = parseCookies(file);
  // Somebody has put other cookies there: what belongs to the old ones would spoil them.
  const survivors = [...lent.values()].filter(({ key, line }) => current.get(key)?.line === line);
  if (lent.size > 2 && survivors.length === 0) return null;

  const named = new Set(Array.from(current.values(), ({ domain }) => hostOf(domain)));
  const replaced = new Map<string, Cookie | null>();
  for (const cookie of returned.values()) {
    const before = lent.get(cookie.key);
    const now = current.get(cookie.key);
    if (cookie.line === before?.line || cookie.line === now?.line) continue;
    // Taken away by somebody else in the meantime.
    if (before !== undefined && now === undefined) continue;
    if (!isWithin(hostOf(cookie.domain), named)) continue;
    if (now !== undefined && now.line !== before?.line && now.expires > cookie.expires) continue;
    replaced.set(cookie.key, cookie);
  }
  for (const { key, line } of complete ? lent.values() : []) {
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
      // A second line of the same key would hold against it.
      replaced.set(cookie.key, null);
    }
  }
  for (const [key, cookie] of replaced) if (cookie !== null && !current.has(key)) lines.push(cookie.line);
  const text = `${lines.join("\n")}\n`;
  // An empty file would sign the operator out, and can only be an accident.
  if (parseCookies(text).size === 0) return null;
  return text.startsWith("#") ? text : netscapeHeader + text;
}

const hostOf = (domain: string) => domain.replace(/^\./, "").toLowerCase();

/** Whether the host is one of these or below one. Not above: `co.uk` is nobody's. */
function isWithin(host: string, named: ReadonlySet<string>): boolean {
  const labels = host.split(".");
  return labels.some((_, index) => named.has(labels.slice(index).join(".")));
}
