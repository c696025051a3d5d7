import { clipSeconds } from "../clip-recipe.ts";
import { type Catalogue, titleOf } from "./catalogue.ts";
import type { SampleChannel, SamplePlaylist, SampleVideo } from "./sample-video.ts";

/** Entries on one page of a playlist, as on the site. */
const pageLength = 100;

/** Answers what a playlist's page, or the browse API, shows: the first entries, or YouTube's message. */
export function playlistData(catalogue: Catalogue, playlist: SamplePlaylist | undefined): object {
  const alert = playlist ? playlist.alert : "The playlist does not exist.";
  if (!playlist || alert) return alertData(alert ?? "");
  const contents = [
    { playlistVideoListRenderer: { playlistId: playlist.id, contents: entries(catalogue, playlist, 0) } },
  ];
  return {
    metadata: { playlistMetadataRenderer: { title: playlist.title } },
    contents: tabs([
      { selected: true, content: { sectionListRenderer: { contents: [{ itemSectionRenderer: { contents } }] } } },
    ]),
  };
}

/** Answers a continuation token of `playlistData`: the next page. */
export function playlistContinuation(catalogue: Catalogue, token: string): object {
  const [playlistId = "", from = ""] = token.split(":");
  const playlist = catalogue.playlists.get(playlistId);
  const continuationItems = playlist ? entries(catalogue, playlist, Number(from)) : [];
  return { onResponseReceivedActions: [{ appendContinuationItemsAction: { continuationItems } }] };
}

/** The tabs of a channel that a listing can be asked for. */
export type ChannelTab = "videos" | "shorts" | "streams";

/** Answers what one tab of a channel shows. */
export function channelData(catalogue: Catalogue, channel: SampleChannel, selected: ChannelTab): object {
  const titles = { videos: "Videos", shorts: "Shorts", streams: "Live" } as const;
  const tab = (name: ChannelTab) => {
    const endpoint = { commandMetadata: { webCommandMetadata: { url: `/${channel.handle}/${name}` } } };
    const base = { title: titles[name], endpoint };
    if (name !== selected) return base;
    const contents = (channel[name] ?? []).map((id) => ({
      richItemRenderer: { content: card(catalogue, channel, id) },
    }));
    return { ...base, selected: true, content: { richGridRenderer: { contents } } };
  };
  const existing = (["videos", "shorts", "streams"] as const).filter((name) => name === "videos" || channel[name]);
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

/** YouTube's error box on an otherwise empty page. */
export function alertData(text: string): object {
  return { alerts: [{ alertRenderer: { type: "ERROR", text: { simpleText: text } } }] };
}

function tabs(renderers: readonly object[]): object {
  return { twoColumnBrowseResultsRenderer: { tabs: renderers.map((tabRenderer) => ({ tabRenderer })) } };
}

function entries(catalogue: Catalogue, playlist: SamplePlaylist, from: number): object[] {
  const ids = playlist.videoIds.slice(from, from + pageLength);
  const items: object[] = ids.map((id, index) => {
    const video = catalogue.videos.get(id) ?? { id };
    return {
      playlistVideoRenderer: {
        videoId: id,
        title: { runs: [{ text: titleOf(video) }] },
        index: { simpleText: String(from + index + 1) },
        lengthSeconds: String(secondsOf(video)),
        isPlayable: video.playability === undefined,
        shortBylineText: byline(channelOf(catalogue, video)),
      },
    };
  });
  const next = from + pageLength;
  if (next < playlist.videoIds.length) {
    const continuationCommand = { token: `${playlist.id}:${next}`, request: "CONTINUATION_REQUEST_TYPE_BROWSE" };
    items.push({ continuationItemRenderer: { continuationEndpoint: { continuationCommand } } });
  }
  return items;
}

function card(catalogue: Catalogue, channel: SampleChannel, id: string): object {
  const video = catalogue.videos.get(id) ?? { id };
  const seconds = secondsOf(video);
  return {
    videoRenderer: {
      videoId: id,
      title: { runs: [{ text: titleOf(video) }] },
      lengthText: { simpleText: `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}` },
      ownerText: byline(channel),
      ...(video.live === "now" ? { badges: [{ metadataBadgeRenderer: { style: "BADGE_STYLE_TYPE_LIVE_NOW" } }] } : {}),
    },
  };
}

/** The channel a video belongs to: its own, or the first of the catalogue. */
export function channelOf(catalogue: Catalogue, video: SampleVideo): SampleChannel {
  const [first] = catalogue.channels.values();
  const channel = catalogue.channels.get(video.channel ?? "") ?? first;
  if (!channel) throw new Error("the catalogue has no channel");
  return channel;
}

function byline(channel: SampleChannel): object {
  const browseEndpoint = { browseId: channel.id, canonicalBaseUrl: `/${channel.handle}` };
  return { runs: [{ text: channel.title, navigationEndpoint: { browseEndpoint } }] };
}

function secondsOf(video: SampleVideo): number {
  return clipSeconds[video.clips ?? "landscape"];
}
