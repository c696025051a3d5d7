import { isAppError, parseSourceUrl, type SourceUrl } from "@vidferry/core";

/** A channel or playlist that somebody follows. */
export interface Subscription {
  /** As the service writes it, so that one link is known again. */
  readonly url: string;
  readonly title: string;
}

/** What a file holds. */
export interface Subscriptions {
  readonly found: readonly Subscription[];
  /** Feeds of other sites. */
  readonly others: number;
}

/** Tabs of a channel that can be followed; the link of a channel itself means its videos. */
export const channelTabs = ["videos", "shorts", "streams"] as const;
export type ChannelTab = (typeof channelTabs)[number];

/** The subscription of a link to a channel or list; null for any other link. */
export function subscriptionOf(link: string, title: string): Subscription | null {
  const source = sourceOf(link);
  if (source === null || source.kind === "video") return null;
  return { url: source.url, title: title.trim() || source.url };
}

/** The subscription of a part of its channel. Playlists have none: the whole is given for the videos, nothing for others. */
export function tabOf({ url, title }: Subscription, tab: ChannelTab): Subscription | null {
  const source = sourceOf(url);
  if (source?.kind !== "channel") return tab === "videos" ? { url, title } : null;
  if (tab === "videos") return { url, title };
  return subscriptionOf(`${url.replace(/\/(?:videos|shorts|streams|featured)?$/, "")}/${tab}`, `${title}: ${tab}`);
}

function sourceOf(link: string): SourceUrl | null {
  try {
    const source = parseSourceUrl(link);
    return source.site === "youtube" ? source : null;
  } catch (error) {
    if (isAppError(error)) return null;
    throw error;
  }
}
