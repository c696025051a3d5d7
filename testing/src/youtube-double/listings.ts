import { type Catalogue, secondsOf, titleOf } from "./catalogue.ts";
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
    sidebar: playlistSidebar(playlist.videoIds.length),
    contents: tabs([
      { selected: true, content: { sectionListRenderer: { contents: [{ itemSectionRenderer: { contents } }] } } },
    ]),
  };
}

/** Where the site says how many videos there are. */
function playlistSidebar(count: number): object {
  const stats = [{ runs: [{ text: String(count) }, { text: " videos" }] }];
  return { playlistSidebarRenderer: { items: [{ playlistSidebarPrimaryInfoRenderer: { stats } }] } };
}

/** YouTube's error box on an otherwise empty page. */
export function alertData(text: string): object {
  return { alerts: [{ alertRenderer: { type: "ERROR", text: { simpleText: text } } }] };
}

/** The tabs of a page, of which one is selected. */
export function tabs(renderers: readonly object[]): object {
  return { twoColumnBrowseResultsRenderer: { tabs: renderers.map((tabRenderer) => ({ tabRenderer })) } };
}

/** One page of a list: the items from one on and, when there are more, the token that gives the next page. */
export function listingPage(list: {
  readonly ids: readonly string[];
  readonly from: number;
  readonly pageLength: number;
  readonly token: string;
  readonly item: (id: string, index: number) => object;
}): object[] {
  const { ids, from, pageLength, token, item } = list;
  const next = from + pageLength;
  const items = ids.slice(from, next).map((id, index) => item(id, from + index));
  if (next >= ids.length) return items;
  const continuationCommand = { token: `${token}:${next}`, request: "CONTINUATION_REQUEST_TYPE_BROWSE" };
  return [...items, { continuationItemRenderer: { continuationEndpoint: { continuationCommand } } }];
}

/** The entries of a playlist from one on, with the way to the next. */
export function entries(catalogue: Catalogue, playlist: SamplePlaylist, from: number): object[] {
  const item = (id: string, index: number) => {
    const video = catalogue.videos.get(id) ?? { id };
    return {
      playlistVideoRenderer: {
        videoId: id,
        title: { runs: [{ text: titleOf(video) }] },
        index: { simpleText: String(index + 1) },
        // The site shows those that cannot be had by a title alone.
        ...(/^\[.+\]$/.test(titleOf(video)) ? {} : { lengthSeconds: String(secondsOf(video)) }),
        isPlayable: video.playability === undefined,
        shortBylineText: byline(channelOf(catalogue, video)),
      },
    };
  };
  const ids = from === 0 ? playlist.videoIds : (playlist.laterVideoIds ?? playlist.videoIds);
  return listingPage({ ids, from, pageLength, token: `list:${playlist.id}`, item });
}

/** The channel a video belongs to: its own, or the first of the catalogue. */
export function channelOf(catalogue: Catalogue, video: SampleVideo): SampleChannel {
  const [first] = catalogue.channels.values();
  const channel = catalogue.channels.get(video.channel ?? "") ?? first;
  if (!channel) throw new Error("the catalogue has no channel");
  return channel;
}

/** A channel's name as it stands below a video. */
export function byline(channel: SampleChannel): object {
  const browseEndpoint = { browseId: channel.id, canonicalBaseUrl: `/${channel.handle}` };
  return { runs: [{ text: channel.title, navigationEndpoint: { browseEndpoint } }] };
}
