/**
 * Makes a line of yt-dlp fit for clients and logs: no query strings (media links are signed there), no credentials in
 * links, no long tails.
 */
export function redact(text: string, maxLength = 400): string {
  const clean = text
    .replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@'"]+@/gi, "$1…@")
    .replace(/\b(https?:\/\/[^\s?#'"]+)[?#][^\s'")]*/gi, "$1?…")
    // Manifests and their segments are signed in the path: `…/expire/123/…/sig/ABC`.
    .replace(/\b(https?:\/\/[^\s/'"]*googlevideo\.com(?::\d+)?\/[^\s/'")]*\/)[^\s'")]+/gi, "$1…")
    .replace(/\s+/g, " ")
    .trim();
  return clean.length > maxLength ? `${clean.slice(0, maxLength - 1)}…` : clean;
}
