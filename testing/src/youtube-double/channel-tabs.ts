import { type Catalogue, secondsOf, titleOf } from "./catalogue.ts";
import { byline, listingPage, tabs } from "./listings.ts";
import type { SampleChannel } from "./sample-video.ts";

/** The tabs of a channel that a listing can be asked for, with what the site writes on them. */
const tabTitles = { videos: "Videos", shorts: "Shorts", streams: "Live", playlists: "Playlists" } as const;
export type ChannelTab = keyof typeof tabTitles;

/** Cards on one page of a tab. */
const pageLength = 30;

/** Whether a channel has such a tab. */
export function isChannelTab(name: string): name is ChannelTab {
  return Object.hasOwn(tabTitles, name);
}

/**
 * Answers what one tab of a channel shows: its first cards. A tab that the channel does not have shows its videos, as the
 * site does.
 */
export function channelData(catalogue: Catalogue, channel: SampleChannel, asked: ChannelTab): object {
  const existing = Object.keys(tabTitles)
    .filter(isChannelTab)
    .filter((name) => name === "videos" || channel[name]);
  const selected = existing.includes(asked) ? asked : "videos";
  const tab = (name: ChannelTab) => {
    const endpoint = { commandMetadata: { webCommandMetadata: { url: `/${channel.handle}/${name}` } } };
    const base = { title: tabTitles[name], endpoint };
    if (name !== selected) return base;
    const contents = cards(catalogue, channel, name, 0);
    // Lists stand in a grid, videos in rich items.
    const grid = [{ itemSectionRenderer: { contents: [{ gridRenderer: { items: contents } }] } }];
    const content =
      name === "playlists" ? { sectionListRenderer: { contents: grid } } : { richGridRenderer: { contents } };
    return { ...base, selected: true, content };
  };
  return {
    metadata: {
      channelMetadataRenderer: {
        title: channel.title,
        externalId: channel.id,
        channelUrl: `https://www.youtube.com/channel/${channel.id}`,
        vanityChannelUrl: `http://www.youtube.com/${channel.handle}`,
      },
    },
    contents: tabs(existing.map(tab)),
  };
}

/** The cards of a tab from one on, with the way to the next. */
export function cards(catalogue: Catalogue, channel: SampleChannel, tab: ChannelTab, from: number): object[] {
  const card = { videos: videoCard, streams: videoCard, shorts: shortCard, playlists: playlistCard }[tab];
  return listingPage({
    ids: channel[tab] ?? [],
    from,
    pageLength,
    token: `tab:${channel.id}:${tab}`,
    item: (id) => card(catalogue, channel, id),
  });
}

function videoCard(catalogue: Catalogue, channel: SampleChannel, id: string): object {
  const video = catalogue.videos.get(id) ?? { id };
  const seconds = secondsOf(video);
  const content = {
    videoRenderer: {
      videoId: id,
      title: { runs: [{ text: titleOf(video) }] },
      lengthText: { simpleText: `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}` },
      ownerText: byline(channel),
      ...(video.live === "now" ? { badges: [{ metadataBadgeRenderer: { style: "BADGE_STYLE_TYPE_LIVE_NOW" } }] } : {}),
    },
  };
  return { richItemRenderer: { content } };
}

function shortCard(catalogue: Catalogue, _channel: SampleChannel, id: string): object {
  const content = {
    shortsLockupViewModel: {
      entityId: `shorts-shelf-item-${id}`,
      onTap: { innertubeCommand: { reelWatchEndpoint: { videoId: id } } },
      overlayMetadata: { primaryText: { content: titleOf(catalogue.videos.get(id) ?? { id }) } },
    },
  };
  return { richItemRenderer: { content } };
}

function playlistCard(catalogue: Catalogue, _channel: SampleChannel, id: string): object {
  const title = catalogue.playlists.get(id)?.title ?? id;
  return {
    lockupViewModel: {
      contentId: id,
      contentType: "LOCKUP_CONTENT_TYPE_PLAYLIST",
      metadata: { lockupMetadataViewModel: { title: { content: title } } },
    },
  };
}
