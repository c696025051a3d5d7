/** One cookie of a file in Netscape's form. */
export interface Cookie {
  /** Identity: domain, path and name. */
  readonly key: string;
  /** A host; with a leading dot also its subdomains. */
  readonly domain: string;
  /** Its line in canonical form, so that equal cookies have equal lines. */
  readonly line: string;
  /** Seconds since the epoch; 0: it ends with the session. */
  readonly expires: number;
  /** Marked as not readable by scripts; yt-dlp drops the mark. */
  readonly httpOnly: boolean;
}

/** The first line, by which programs recognise such a file. */
export const netscapeHeader = "# Netscape HTTP Cookie File\n";

const httpOnlyMark = "#HttpOnly_";

/** Reads one line; null when it is a comment, empty, or no cookie. */
export function parseCookie(text: string): Cookie | null {
  const httpOnly = text.startsWith(httpOnlyMark);
  const fields = (httpOnly ? text.slice(httpOnlyMark.length) : text).replace(/\r$/, "").split("\t");
  const [domain = "", , path = "", secure = "", expiry = "", name = "", value = ""] = fields;
  if (fields.length !== 7 || domain === "" || domain.startsWith("#") || /\s/.test(domain)) return null;
  if (!/^(?:-?\d{1,15}(?:\.\d+)?)?$/.test(expiry)) return null;
  // Automated browsers export -1 for session cookies.
  const expires = Math.max(0, Math.floor(Number(expiry)));
  const flag = (set: boolean) => (set ? "TRUE" : "FALSE");
  const line = [
    ...[domain, flag(domain.startsWith(".")), path],
    ...[flag(/^true$/i.test(secure)), String(expires), name, value],
  ].join("\t");
  return { key: [domain, path, name].join("\t"), domain, line, expires, httpOnly };
}

/** Whether none of them is worth sending. */
export function haveExpired(cookies: Iterable<Cookie>, now: Date): boolean {
  const seconds = now.getTime() / 1000;
  return Array.from(cookies).every(({ expires }) => expires !== 0 && expires <= seconds);
}

/** The cookies of a file by their keys; a later line overrides an earlier one with the same key. */
export function parseCookies(text: string): Map<string, Cookie> {
  const cookies = text
    .replace(/^\ufeff/, "")
    .split("\n")
    .flatMap((line) => parseCookie(line) ?? []);
  return new Map(cookies.map((cookie) => [cookie.key, cookie]));
}

/** A file with these cookies only: yt-dlp prints each line that it cannot parse. */
export function formatCookies(cookies: Iterable<Cookie>): string {
  return netscapeHeader + Array.from(cookies, ({ line }) => `${line}\n`).join("");
}

/** The line of a cookie for the operator's file. */
export function lineInFile(cookie: Cookie, httpOnly: boolean): string {
  return httpOnly ? httpOnlyMark + cookie.line : cookie.line;
}
