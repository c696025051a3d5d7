import { AppError } from "../errors/app-error.ts";
import { maxUrlLength } from "../jobs/request.ts";
import { canonicalHost, isLocalName } from "./host-name.ts";
import { pastedLink } from "./pasted-link.ts";
import { youtubeLink } from "./youtube-link.ts";

/** A link that passed the URL policy, rebuilt from its parts so that nothing a client wrote around them survives. */
export interface SourceUrl {
  readonly kind: "video" | "playlist" | "channel";
  /** `youtube`, or `other` for hosts that the operator opened. */
  readonly site: "youtube" | "other";
  /** What is given to the downloader. */
  readonly url: string;
  /** Video, playlist or channel id; for other sites null. */
  readonly id: string | null;
  /** The list that the link of a video names besides; it is not what the link means, but what a client may look at next. */
  readonly listUrl: string | null;
}

/** Which hosts links may name. */
export interface HostPolicy {
  /** Host names whose subdomains count too; `*` opens all public hosts. YouTube's hosts are meant by `youtube.com`. */
  readonly allowedHosts: readonly string[];
  /** `host` or `host:port` that may be private (loopback, link-local, RFC 1918); they are allowed besides. */
  readonly allowPrivateHosts: readonly string[];
}

/** The default: YouTube and nothing else. */
export const defaultHostPolicy: HostPolicy = { allowedHosts: ["youtube.com"], allowPrivateHosts: [] };

// Whatever stands under these names is YouTube's: its rules hold for it, never those for hosts that were opened.
const youtubeHost = /^(?:[a-z0-9-]+\.)*(?:youtube\.com|youtube-nocookie\.com|youtubekids\.com|youtu\.be)$/;

const unsupported = (detail: string): AppError => new AppError("unsupported_url", detail);

/**
 * Reads a link a client sent, as people paste them (see {@link pastedLink}). Throws `unsupported_url` for what is no link
 * of a supported form, and `host_not_allowed` for hosts outside the policy. It looks at the text alone: names that
 * resolve to private addresses are stopped by the egress guard. Reading the `url` of the answer gives that `url` again.
 */
export function parseSourceUrl(text: string, policy: HostPolicy = defaultHostPolicy): SourceUrl {
  const source = readLink(text, policy);
  // Whoever runs the job reads the link again. A dropped fragment may leave a full stop at its end, and encoding may
  // make it too long: both are dealt with now, so that an accepted link stays accepted and means the same.
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
  if (!URL.canParse(link)) throw unsupported("This is not a URL: it should start with https://.");
  const url = new URL(link);
  if (url.protocol !== "https:" && url.protocol !== "http:") throw wrongScheme(url.protocol);
  if (url.username !== "" || url.password !== "") throw unsupported("The URL may not hold a user name or password.");
  // A trailing dot names the same host; without this the policy could be walked around.
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

/** Other sites have file names with blanks, which people copy as they are; YouTube's links have none. */
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

// WHATWG URL parsing has already turned odd notations (2130706433, 0x7f.1) into dotted form.
function isAddressOrLocalName(host: string): boolean {
  return /^[\d.]+$/.test(host) || host.includes(":") || isLocalName(host);
}

/**
 * Whether what was found at a page may be fetched: it may lie elsewhere than the link said, after a redirect or in an
 * embedded player. The media themselves may lie on any public host.
 */
export function isPageAllowed(page: string, policy: HostPolicy = defaultHostPolicy): boolean {
  const url = URL.parse(page);
  const host = url && canonicalHost(url.hostname);
  if (!url || !host || !/^https?:$/.test(url.protocol)) return false;
  // Its short links lead to its other hosts.
  if (youtubeHost.test(host) && url.port === "") {
    return policy.allowedHosts.some((entry) => entry === "*" || youtubeHost.test(entry));
  }
  return isHostAllowed(host, url.port || (url.protocol === "https:" ? "443" : "80"), policy);
}

/** Where YouTube keeps its pages, its interface, its media and its pictures; and SponsorBlock. */
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
 * The public hosts that have to be reached for the links that the policy allows; null: any. Of YouTube they are known; other
 * sites keep their media on hosts that nobody can list.
 */
export function reachableHosts({ allowedHosts }: HostPolicy): readonly string[] | null {
  if (!allowedHosts.every((entry) => youtubeHost.test(entry))) return null;
  return allowedHosts.length === 0 ? [] : youtubeServices;
}
