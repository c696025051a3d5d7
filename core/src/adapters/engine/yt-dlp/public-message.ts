/**
 * A line of yt-dlp as clients may read it: no query strings (media links are signed there), no credentials in links, no long
 * tails. Stricter than what the log masks (`system/redact.ts`). Reads the text once, whatever stands in it.
 */
export function publicMessage(text: string, maxLength = 400): string {
  const clean = text
    .replace(/[^\s'"]+/g, shortenLinks)
    .replace(/\s+/g, " ")
    .trim();
  return clean.length > maxLength ? `${clean.slice(0, maxLength - 1)}…` : clean;
}

/** A word without blanks and quotes, of which each link is shortened. */
function shortenLinks(word: string): string {
  let clean = "";
  let at = 0;
  for (;;) {
    const mark = word.indexOf("://", at);
    if (mark < 0) return clean + word.slice(at);
    const host = mark + 3;
    const path = next(/[/?#)]/g, word, host);
    const end = next(/:\/\/|[?#)]/g, word, path);
    clean += word.slice(at, host) + withoutUser(word.slice(host, path)) + shortPath(word, host, path, end);
    at = end;
    if (word[end] !== "?" && word[end] !== "#") continue;
    clean += "?…";
    at = next(/\)/g, word, end);
  }
}

function withoutUser(authority: string): string {
  const user = authority.lastIndexOf("@");
  return user < 0 ? authority : `…${authority.slice(user)}`;
}

/** Manifests and their segments are signed in the path: `…/expire/123/…/sig/ABC`. */
function shortPath(word: string, host: number, path: number, end: number): string {
  const whole = word.slice(path, end);
  if (!/googlevideo\.com(?::\d{1,5})?$/i.test(word.slice(Math.max(host, path - 40), path))) return whole;
  const second = whole.indexOf("/", 1);
  return second < 0 || second === whole.length - 1 ? whole : `${whole.slice(0, second + 1)}…`;
}

/** Where the pattern is found next; the end of the text when it is not. */
function next(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  return pattern.exec(text)?.index ?? text.length;
}
