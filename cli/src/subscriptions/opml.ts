import sax from "sax";
import { type Subscription, type Subscriptions, subscriptionOf } from "./subscription.ts";

const mostDepth = 100;

/**
 * The subscriptions of an OPML file, as feed readers and podcast players export them, whatever folders they are in. It is read as a
 * stream of tags: document types and entities of its own are never expanded. Throws an Error for what is not well formed.
 */
export function readOpml(text: string): Subscriptions {
  const found: Subscription[] = [];
  let [others, depth, isOpml] = [0, 0, false];
  const reader = sax.parser(true, { position: true });
  reader.onerror = (error) => {
    throw new Error(`it is no XML: ${error.message.split("\n")[0]}`);
  };
  reader.onopentag = ({ name, attributes }) => {
    depth += 1;
    if (depth > mostDepth) throw new Error("its outlines are nested too deeply");
    if (name.toLowerCase() === "opml") isOpml = true;
    if (name.toLowerCase() !== "outline") return;
    const given = new Map(Object.entries(attributes).map(([key, value]) => [key.toLowerCase(), String(value)]));
    const links = ["xmlurl", "htmlurl", "url"].flatMap((key) => given.get(key)?.trim() || []);
    if (links.length === 0) return;
    const title = given.get("title") || given.get("text") || "";
    const [own] = links.flatMap((link) => subscriptionOf(channelOfFeed(link), title) ?? []);
    if (own === undefined) others += 1;
    else found.push(own);
  };
  reader.onclosetag = () => {
    depth -= 1;
  };
  reader.write(text).close();
  if (!isOpml) throw new Error("it has no `opml` element");
  return { found, others };
}

/** What a feed of YouTube is the feed of; any other link as it is. */
function channelOfFeed(link: string): string {
  const url = URL.parse(link);
  if (url === null || !/^(?:www\.)?youtube\.com$/i.test(url.hostname) || url.pathname !== "/feeds/videos.xml")
    return link;
  const [channel, list, user] = ["channel_id", "playlist_id", "user"].map((name) => url.searchParams.get(name));
  if (channel) return `https://www.youtube.com/channel/${encodeURIComponent(channel)}`;
  if (list) return `https://www.youtube.com/playlist?list=${encodeURIComponent(list)}`;
  return user ? `https://www.youtube.com/user/${encodeURIComponent(user)}` : link;
}
