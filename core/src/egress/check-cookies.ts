import { AppError } from "../errors/app-error.ts";
import { type Cookie, haveExpired, parseCookie } from "./netscape.ts";

/** Largest text: a browser full of cookies has half of it. */
export const maxCookieCharacters = 262_144;

/**
 * Refuses a text that is no use as cookies: in another form, with a line that is none, without cookies, or with none that has not
 * expired. Nothing of the text is repeated. Throws `invalid_request` for the field `cookies`.
 */
export function checkCookies(text: string, now: Date): void {
  if (text.length > maxCookieCharacters) throw refused(`must have at most ${maxCookieCharacters} characters`);
  if (/^\s*[[{]/.test(text))
    throw refused("must be in Netscape's form (cookies.txt), not JSON: choose that form when exporting them");
  const lines = text.replace(/^\ufeff/, "").split(/\r?\n/);
  const cookies: Cookie[] = [];
  for (const [index, line] of lines.entries()) {
    if (line.trim() === "" || (line.startsWith("#") && !line.startsWith("#HttpOnly_"))) continue;
    const cookie = parseCookie(line);
    if (cookie === null) throw refused(`line ${index + 1} ${faultOf(line)}`);
    cookies.push(cookie);
  }
  if (cookies.length === 0) throw refused("must be cookies in Netscape's form (cookies.txt): there are none in it");
  if (!haveExpired(cookies, now)) return;
  const latest = cookies.reduce((last, { expires }) => Math.max(last, expires), 0);
  const ended = latest * 1000 < 8.64e15 ? ` the last of them at ${new Date(latest * 1000).toISOString()}` : "";
  throw refused(`have all expired,${ended}: export them again`);
}

function faultOf(line: string): string {
  const fields = line.split("\t").length;
  if (fields === 1 && /^(cookie:)?\s*[^\s=;]+=[^;]*(;|$)/i.test(line))
    return "is the header of a request: export the cookies as cookies.txt, in Netscape's form";
  if (fields === 1 && line.trim().split(/ +/).length >= 6)
    return "has spaces where tabs must be: they were replaced when the text was copied";
  if (fields !== 7) return `has ${fields} fields; a cookie has seven, separated by tabs`;
  return "is no cookie: its domain or its time of expiry cannot be read";
}

function refused(fault: string): AppError {
  return new AppError("invalid_request", `cookies: ${fault}`, { fields: [{ path: "/cookies", message: fault }] });
}
