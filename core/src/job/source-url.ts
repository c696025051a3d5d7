import { AppError } from "../errors/app-error.ts";
import { maxUrlLength } from "./request.ts";

/** A link that passed the URL policy, rebuilt from its parts so that nothing a client wrote around them survives. */
export interface SourceUrl {
  readonly kind: "video" | "playlist" | "channel";
  /** `youtube`, or `other` for hosts that the operator opened. */
  readonly site: "youtube" | "other";
  /** What is given to the downloader. */
  readonly url: string;
  /** Video, playlist or channel id; for other sites null. */
  readonly id: string | null;
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

const youtubeHost =
  /^(?:(?:www|m|music|gaming)\.)?youtube\.com$|^(?:www\.)?youtu\.be$|^(?:www\.)?youtube-nocookie\.com$/;
const videoId = /^[A-Za-z0-9_-]{11}$/;
const listId = /^[A-Za-z0-9_-]{2,64}$/;
const channelId = /^UC[A-Za-z0-9_-]{22}$/;
// Handles may be of any script; they are percent-encoded again when the URL is rebuilt.
const handle = /^@[\p{L}\p{N}._·-]{1,60}$/u;

const unsupported = (detail: string): AppError => new AppError("unsupported_url", detail);

/**
 * Reads a link a client sent. Throws `unsupported_url` for what is no link of a supported form, and `host_not_allowed`
 * for hosts outside the policy. It looks at the text alone: names that resolve to private addresses are stopped by the
 * egress guard.
 */
export function parseSourceUrl(text: string, policy: HostPolicy = defaultHostPolicy): SourceUrl {
  if (text.length > maxUrlLength) throw unsupported(`The URL is longer than ${maxUrlLength} characters.`);
  if (!URL.canParse(text)) throw unsupported("This is not a URL: it should start with https://.");
  const url = new URL(text);
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw unsupported(`Links start with https://, not with ${url.protocol.slice(0, 20)}`);
  }
  if (url.username !== "" || url.password !== "") throw unsupported("The URL may not hold a user name or password.");
  // A trailing dot names the same host; without this the policy could be walked around.
  const host = url.hostname.toLowerCase().replace(/\.$/, "");
  if (youtubeHost.test(host) && url.port === "") return youtubeUrl(url, host, policy);
  if (!isHostAllowed(host, url.port || (url.protocol === "https:" ? "443" : "80"), policy)) {
    throw new AppError("host_not_allowed", `Links to ${host} are not allowed here.`);
  }
  url.hash = "";
  url.hostname = host;
  return { kind: "video", site: "other", url: url.href, id: null };
}

function isHostAllowed(host: string, port: string, policy: HostPolicy): boolean {
  if (policy.allowPrivateHosts.some((entry) => entry === host || entry === `${host}:${port}`)) return true;
  if (isAddressOrLocalName(host)) return false;
  // YouTube on another port is not YouTube.
  if (youtubeHost.test(host)) return false;
  return policy.allowedHosts.some((entry) => entry === "*" || host === entry || host.endsWith(`.${entry}`));
}

// WHATWG URL parsing has already turned odd notations (2130706433, 0x7f.1) into dotted form.
function isAddressOrLocalName(host: string): boolean {
  return (
    /^[\d.]+$/.test(host) || host.startsWith("[") || !host.includes(".") || /\.(localhost|local|internal)$/.test(host)
  );
}

function youtubeUrl(url: URL, host: string, policy: HostPolicy): SourceUrl {
  if (!policy.allowedHosts.some((entry) => entry === "*" || entry === "youtube.com" || entry === host)) {
    throw new AppError("host_not_allowed", `Links to ${host} are not allowed here.`);
  }
  const segments = url.pathname.split("/").filter((segment) => segment !== "");
  const [first = "", second = ""] = segments;
  if (host.endsWith("youtu.be")) return video(first);
  switch (first) {
    case "watch":
      if (url.searchParams.has("v")) return video(url.searchParams.get("v") ?? "");
      break;
    case "shorts":
    case "live":
    case "embed":
    case "v":
      if (first === "embed" && second === "videoseries") return playlist(url.searchParams.get("list") ?? "");
      return video(second);
    case "playlist":
      return playlist(url.searchParams.get("list") ?? "");
    case "channel":
      if (channelId.test(second)) return channel(`channel/${second}`, second);
      break;
    case "c":
    case "user":
      if (/^[\p{L}\p{N}._-]{1,100}$/u.test(decode(second)))
        return channel(`${first}/${encodeURIComponent(decode(second))}`, decode(second));
      break;
    default: {
      const name = decode(first);
      if (handle.test(name)) return channel(`@${encodeURIComponent(name.slice(1))}`, name);
    }
  }
  throw unsupported("This YouTube link is neither a video, a playlist nor a channel.");
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    // Broken percent-encoding matches no allowed form.
    return "";
  }
}

function video(id: string): SourceUrl {
  if (!videoId.test(id)) throw unsupported("The link holds no YouTube video id (11 letters, digits, `-`, `_`).");
  return { kind: "video", site: "youtube", url: `https://www.youtube.com/watch?v=${id}`, id };
}

function playlist(id: string): SourceUrl {
  if (!listId.test(id)) throw unsupported("The link holds no YouTube playlist id.");
  return { kind: "playlist", site: "youtube", url: `https://www.youtube.com/playlist?list=${id}`, id };
}

function channel(path: string, id: string): SourceUrl {
  return { kind: "channel", site: "youtube", url: `https://www.youtube.com/${path}/videos`, id };
}
