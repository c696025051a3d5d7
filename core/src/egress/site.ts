import { canonicalHost } from "../sources/host-name.ts";
import { parseSourceUrl } from "../sources/source-url.ts";

/** The domains of YouTube: whoever is turned away by one is turned away by all. */
const youtube = /(?:^|\.)(?:youtube\.com|youtube-nocookie\.com|youtubekids\.com|youtu\.be)$/;

/** The site that a link leads to, as egresses tell sites apart: a host name, of YouTube always the same. */
export function siteOf(url: string): string {
  const parsed = URL.parse(url);
  const host = (parsed && canonicalHost(parsed.hostname)) ?? "unknown";
  return youtube.test(host) ? "youtube.com" : host.replace(/^(?:www|m)\.(?=.+\.)/, "");
}

/** The form of a link that is the same however it was written; a link that cannot be read stays as it is. */
export function linkOf(url: string): string {
  try {
    return parseSourceUrl(url, { allowedHosts: ["*"], allowPrivateHosts: [URL.parse(url)?.host ?? ""] }).url;
  } catch {
    return url;
  }
}

/** Whether an egress for these hosts is for a site. */
export function isFor(hosts: readonly string[], site: string): boolean {
  return hosts.length === 0 || hosts.some((host) => site === host || site.endsWith(`.${host}`));
}

/** The form in which hosts of egresses are kept; null for text that is no host name. */
export function hostEntry(text: string): string | null {
  const host = canonicalHost(text.trim());
  if (host === null) return null;
  return youtube.test(host) ? "youtube.com" : host.replace(/^(?:www|m)\.(?=.+\.)/, "");
}
