import { AppError } from "../errors/app-error.ts";

/** What a YouTube link refers to. */
export interface YouTubeLink {
  readonly kind: "video" | "playlist" | "channel";
  /** Its canonical URL on www.youtube.com. */
  readonly url: string;
  /** Video or playlist id; of a channel its id, handle or name. */
  readonly id: string;
  /** The playlist in the link of a video; null when there is none that can be listed. */
  readonly listUrl: string | null;
}

const origin = "https://www.youtube.com";
const videoId = /^[A-Za-z0-9_-]{11}$/;
const listId = /^[A-Za-z0-9_-]{2,64}$/;
const channelId = /^UC[A-Za-z0-9_-]{22}$/;
// Handles may be in any script; they are percent-encoded again when the URL is rebuilt.
const handle = /^@[\p{L}\p{N}._·-]{1,60}$/u;
const channelName = /^[\p{L}\p{N}._-]{1,100}$/u;
/** Lists of the signed-in account: with cookies they would be the operator's own. */
const personalList = /^(?:WL|LL|LM|HL|FL)$/;
/** Mixes that YouTube generates for each viewer; those of its music editors are real lists. */
const mixList = /^RD(?!CLAK)/;

/** Tabs of a channel that are lists. */
const tabs = ["videos", "shorts", "streams", "playlists", "podcasts", "releases"];
/** Names of the channel's start page. */
const homeTabs = ["featured", "home"];
const tabNames = tabs.map((tab) => `/${tab}`).join(", ");

const unsupported = (detail: string, hint?: string): AppError =>
  new AppError("unsupported_url", detail, hint === undefined ? {} : { hint });

/** Parses a link on a host of YouTube. Throws `unsupported_url`, with what is missing or not supported. */
export function youtubeLink(url: URL, host: string): YouTubeLink {
  const target = redirectTarget(url, host) ?? url;
  const segments = target.pathname.split("/").filter((segment) => segment !== "");
  const [first = "", second = "", third = ""] = segments;
  const query = target.searchParams;
  const list = query.get("list") ?? "";
  if (host.endsWith("youtu.be") && target === url && first !== "watch") return video(first, list);
  switch (first) {
    case "":
    case "watch":
    case "watch_popup":
    case "movie":
      if (query.has("v")) return video(query.get("v") ?? "", list);
      if (second !== "") return video(second, list);
      if (list !== "") return playlist(list);
      break;
    case "embed":
      if (second === "videoseries") return playlist(list);
      if (second === "live_stream") throw onAir();
      return video(second, list);
    case "shorts":
    case "live":
    case "v":
    case "e":
    case "vi":
      return video(second, list);
    case "playlist":
      return playlist(list);
    case "browse":
      if (channelId.test(second)) return channel(`channel/${second}`, second, "");
      if (second.startsWith("VL")) return playlist(second.slice(2));
      if (second.startsWith("MPRE")) {
        throw unsupported(
          "This is the page of an album, which names no list.",
          "Send the link that YouTube Music copies when the album is shared (/playlist?list=OLAK5uy_…).",
        );
      }
      break;
    case "channel":
      if (channelId.test(second)) return channel(`channel/${second}`, second, third);
      throw unsupported("The link holds no YouTube channel id (`UC` and 22 characters).");
    case "c":
    case "user": {
      const name = decode(second);
      if (channelName.test(name)) return channel(`${first}/${encodeURIComponent(name)}`, name, third);
      break;
    }
    case "clip":
      throw unsupported("Links of clips are not supported.", "Send the link of the video, and `clip` with its times.");
    case "results":
      throw unsupported("This is a search, not a link of a video, a playlist or a channel.");
    default: {
      const name = decode(first);
      if (handle.test(name)) return channel(`@${encodeURIComponent(name.slice(1))}`, name, second);
    }
  }
  throw unsupported("This YouTube link is neither a video, a playlist nor a channel.");
}

/** The target of a link that wraps another one: shared by mail, or of the consent page. */
function redirectTarget(url: URL, host: string): URL | null {
  const inner =
    host === "consent.youtube.com"
      ? url.searchParams.get("continue")
      : url.pathname === "/attribution_link"
        ? url.searchParams.get("u")
        : null;
  if (inner === null || !URL.canParse(inner, origin)) return null;
  const target = new URL(inner, origin);
  // A target on another site is not followed.
  return target.host === "www.youtube.com" || target.host === "m.youtube.com" ? target : null;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    // Invalid percent-encoding: the empty string matches no allowed form.
    return "";
  }
}

function video(text: string, list: string): YouTubeLink {
  // Parameters after the id in links that were concatenated wrongly (`…/ID&t=3`) or encoded twice (`…/ID%3Fsi=x`).
  const [id = ""] = decode(text).split(/[&?#]/, 1);
  if (!videoId.test(id)) throw unsupported("The link holds no YouTube video id (11 letters, digits, `-`, `_`).");
  const listed = listId.test(list) && !personalList.test(list) && !mixList.test(list);
  return {
    kind: "video",
    url: `${origin}/watch?v=${id}`,
    id,
    listUrl: listed ? `${origin}/playlist?list=${list}` : null,
  };
}

function playlist(id: string): YouTubeLink {
  if (!listId.test(id)) throw unsupported("The link holds no YouTube playlist id.");
  if (personalList.test(id)) {
    throw unsupported("This list belongs to whoever is signed in to YouTube.", "Send the link of a public playlist.");
  }
  if (mixList.test(id)) {
    throw unsupported("This is a mix, which YouTube makes up anew for everybody.", "Send the links of its videos.");
  }
  return { kind: "playlist", url: `${origin}/playlist?list=${id}`, id, listUrl: null };
}

function channel(path: string, id: string, tab: string): YouTubeLink {
  if (tab === "live") throw onAir();
  if (tab !== "" && !tabs.includes(tab) && !homeTabs.includes(tab)) {
    throw unsupported(
      `The tab /${decode(tab).slice(0, 40)} of a channel is no list of videos.`,
      `There are ${tabNames}.`,
    );
  }
  const shown = tab === "" || homeTabs.includes(tab) ? "videos" : tab;
  return { kind: "channel", url: `${origin}/${path}/${shown}`, id, listUrl: null };
}

function onAir(): AppError {
  return unsupported(
    "This link leads to whatever the channel broadcasts at the moment.",
    "Send the link of that video, or of the channel's /streams.",
  );
}
