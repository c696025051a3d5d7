import { clipSeconds } from "../clip-recipe.ts";
import { knownItags, ladderItags } from "./formats.ts";
import type { SampleChannel, SamplePlaylist, SampleVideo } from "./sample-video.ts";
import {
  faultyVideos,
  goodVideos,
  longListIds,
  refusedVideos,
  sampleChannels,
  samplePlaylists,
} from "./sample-videos.ts";

/** Everything the double can be asked for. It may be added to and changed while the double runs. */
export interface Catalogue {
  readonly videos: Map<string, SampleVideo>;
  readonly playlists: Map<string, SamplePlaylist>;
  /** By channel id. */
  readonly channels: Map<string, SampleChannel>;
}

/** What to put into the catalogue besides, or in place of, the samples. An entry of the same id replaces the sample. */
export interface CatalogueAdditions {
  readonly videos?: readonly SampleVideo[];
  readonly playlists?: readonly SamplePlaylist[];
  readonly channels?: readonly SampleChannel[];
}

/** The samples with the caller's additions. */
export function createCatalogue(additions: CatalogueAdditions = {}): Catalogue {
  const listItems = longListIds.map((id, index) => ({
    id,
    title: `Item ${index + 1}`,
    itags: [18],
    challenge: "none" as const,
  }));
  const videos = [...goodVideos, ...refusedVideos, ...faultyVideos, ...listItems, ...(additions.videos ?? [])];
  for (const { id } of videos) assertVideoId(id);
  return {
    videos: byId(videos),
    playlists: byId([...samplePlaylists, ...(additions.playlists ?? [])]),
    channels: byId([...sampleChannels, ...(additions.channels ?? [])]),
  };
}

/** @throws RangeError when yt-dlp would not take `id` for a video's. */
export function assertVideoId(id: string): void {
  if (!/^[\w-]{11}$/.test(id)) throw new RangeError(`a video id has 11 characters of A-Za-z0-9_-: ${id}`);
}

const defaultItags = knownItags.filter((itag) => ![308, 315, 335, 394, 396, 398, 399].includes(itag));

/** The itags a video lists, before those without a clip are left out. */
export function itagsOf(video: SampleVideo): readonly number[] {
  if (video.media) return Object.keys(video.media.files).map(Number);
  const own =
    video.itags === "all" ? knownItags : video.itags === "ladder" ? ladderItags : (video.itags ?? defaultItags);
  return [...own, ...(video.upscaled ?? [])];
}

/** How long it is, in seconds. */
export function secondsOf(video: SampleVideo): number {
  return video.media?.seconds ?? clipSeconds[video.clips ?? "landscape"];
}

/** Its title, or the one that videos without a title get. */
export function titleOf(video: SampleVideo): string {
  return video.title ?? `Sample video ${video.id}`;
}

function byId<T extends { readonly id: string }>(items: readonly T[]): Map<string, T> {
  return new Map(items.map((item) => [item.id, item]));
}
