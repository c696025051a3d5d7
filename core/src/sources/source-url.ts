import { AppError } from "../errors/app-error.ts";
import { maxUrlLength } from "../jobs/request.ts";
import { canonicalHost, isLocalName } from "./host-name.ts";
import { pastedLink } from "./pasted-link.ts";
import { youtubeLink } from "./youtube-link.ts";

/** A link that passed the URL policy, rebuilt from its parsed parts so that nothing else of the client's text remains. */
export interface SourceUrl {
  readonly kind: "video" | "playlist" | "channel";
  /** `youtube`, or `other` for hosts that the operator opened. */
  readonly site: "youtube" | "other";
  /** What is given to the downloader. */
  readonly url: string;
  /** Video, playlist or channel id; for other sites null. */
  readonly id: string | null;
  /** The playlist in the link of a video. The link means the video, but a client may offer the list. */
  readonly listUrl: string | null;
}

/** Which hosts links may name. */
export interface HostPolicy {
  /** Host names whose subdomains count too; `*` opens all public hosts. YouTube's hosts are meant by `youtube.com`. */
  readonly allowedHosts: readonly string[];
  /** `host` or `host:port` allowed in addition, also when their addresses are private (loopback, link-local, RFC 1918). */
  readonly allowPrivateHosts: readonly string[];
}

/** The default: YouTube and nothing else. */
export const defaultHostPolicy: HostPolicy = { allowedHosts: ["youtube.com"], allowPrivateHosts: [] };

// Every host under these domains belongs to YouTube: its rules apply, never those for other allowed hosts.
const youtubeHost = /^(?:[a-z0-9-]+\.)*(?:youtube\.com|youtube-nocookie\.com|youtubekids\.com|youtu\.be)$/;

const unsupported = (detail: string): AppError => new AppError("unsupported_url", detail);

/**
 * Parses a link that a client sent, as people paste them (see {@link pastedLink}). Throws `unsupported_url` for text that is
 * no supported link, and `host_not_allowed` for hosts outside the policy. It does not resolve names: the egress guard refuses
 * those with private addresses. Idempotent: parsing the resulting `url` gives the same `url`.
 */
export function parseSourceUrl(text: string, policy: HostPolicy = defaultHostPolicy): SourceUrl {
  const source = readLink(text, policy);
  // The worker parses the link again. Dropping the fragment may leave a full stop at the end, and encoding may make it too
  // long: both are handled now, so that an accepted link stays accepted and means the same.
  return source.site === "youtube" || source.url === text ? source : parseSourceUrl(source.url, policy);
}

function readLink(text: string, policy: HostPolicy): SourceUrl {
  if (text.length > maxUrlLength) throw unsupported(`The URL is longer than ${maxUrlLength} characters.`);
  const link = pastedLink(text);
  if (isMoreThanALink(link)) {
    throw unsupported(
      /:\/\//.test(link) ? "There is more than a link in it: send the link alone." : "This is not a link.",
    );
  }
  const url = URL.parse(link);
  if (url === null) throw unsupported("This is not a URL: it should start with https://.");
  if (url.protocol !== "https:" && url.protocol !== "http:") throw wrongScheme(url.protocol);
  if (url.username !== "" || url.password !== "") throw unsupported("The URL may not hold a user name or password.");
  // A host name with a trailing dot is the same host, and must not bypass the policy.
  const host = canonicalHost(url.hostname);
  if (host === null) throw unsupported("The URL names no proper host.");
  if (youtubeHost.test(host) && url.port === "") {
    if (!policy.allowedHosts.some((entry) => entry === "*" || entry === "youtube.com" || entry === host)) {
      throw new AppError("host_not_allowed", `Links to ${host} are not allowed here.`);
    }
    return { site: "youtube", ...youtubeLink(url, host) };
  }
  if (!isHostAllowed(host, url.port || (url.protocol === "https:" ? "443" : "80"), policy)) {
    throw new AppError("host_not_allowed", `Links to ${host} are not allowed here.`);
  }
  url.hash = "";
  url.hostname = host.includes(":") ? `[${host}]` : host;
  return { kind: "video", site: "other", url: url.href, id: null, listUrl: null };
}

/** Whether there is more text than one link. Links to other sites may contain blanks in file names; YouTube's never do. */
function isMoreThanALink(text: string): boolean {
  if (!/\s/.test(text)) return false;
  if (!/^https?:\/\/[^\s/]+\/[^\r\n\t]+$/i.test(text) || /\s\S*:\/\//.test(text)) return true;
  return URL.canParse(text) && youtubeHost.test(new URL(text).hostname);
}

function wrongScheme(protocol: string): AppError {
  if (/^yt(?:dl|search)/.test(protocol)) return unsupported("Searches are not supported: send the link of a video.");
  return unsupported(`Links start with https://, not with ${protocol.slice(0, 20)}`);
}

function isHostAllowed(host: string, port: string, policy: HostPolicy): boolean {
  const written = host.includes(":") ? `[${host}]` : host;
  if (policy.allowPrivateHosts.some((entry) => [host, written, `${written}:${port}`].includes(entry))) return true;
  if (isAddressOrLocalName(host)) return false;
  // YouTube on another port is not YouTube.
  if (youtubeHost.test(host)) return false;
  return policy.allowedHosts.some((entry) => entry === "*" || host === entry || host.endsWith(`.${entry}`));
}

// WHATWG URL parsing has already normalised unusual notations (2130706433, 0x7f.1) to dotted form.
function isAddressOrLocalName(host: string): boolean {
  return /^[\d.]+$/.test(host) || host.includes(":") || isLocalName(host);
}

/**
 * Whether the page of a resolved video is allowed: after a redirect, or in an embedded player, it may be on another host than
 * the link. The media files themselves may be on any public host.
 */
export function isPageAllowed(page: string, policy: HostPolicy = defaultHostPolicy): boolean {
  const url = URL.parse(page);
  const host = url && canonicalHost(url.hostname);
  if (!url || !host || !/^https?:$/.test(url.protocol)) return false;
  // The short links of an allowed host redirect to the others.
  if (youtubeHost.test(host) && url.port === "") {
    return policy.allowedHosts.some((entry) => entry === "*" || youtubeHost.test(entry));
  }
  return isHostAllowed(host, url.port || (url.protocol === "https:" ? "443" : "80"), policy);
}

/** Hosts of YouTube's pages, API, media and images, and of SponsorBlock. */
const youtubeServices = [
  ...[
    "youtube.com",
    "youtu.be",
    "youtube-nocookie.com",
    "youtubekids.com",
    "googlevideo.com",
    "ytimg.com",
    "ggpht.com",
  ],
  ...["youtubei.googleapis.com", "jnn-pa.googleapis.com", "www.googleapis.com", "yt3.googleusercontent.com"],
  ...["lh3.googleusercontent.com", "www.google.com", "accounts.google.com", "consent.google.com", "sponsor.ajay.app"],
];

/**
 * The public hosts that must be reachable for the links that the policy allows; null: any. YouTube's are known; the media of
 * other sites may be on any host.
 */
export function reachableHosts({ allowedHosts }: HostPolicy): readonly string[] | null {
  if (!allowedHosts.every((entry) => youtubeHost.test(entry))) return null;
  return allowedHosts.length === 0 ? [] : youtubeServices;
}
