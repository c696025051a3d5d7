import type { CaptionCue } from "../captions.ts";
import type { ClipSet } from "../clip-recipe.ts";
import type { ResponseFaults } from "../http/faults.ts";
import type { LiveBroadcast } from "../live-broadcast.ts";
import type { Playability } from "./playability.ts";

/** A caption track of a video. */
export interface SampleCaptions {
  readonly language: string;
  /** Made by speech recognition rather than by a person. */
  readonly automatic?: boolean;
  /** What it says. Default: sample lines of the language. */
  readonly cues?: readonly CaptionCue[];
}

/** Media of a test's own. */
export interface SampleMedia {
  /** How long it is. */
  readonly seconds: number;
  /** Absolute path of the file of each itag; their formats are listed as those of the clips are. */
  readonly files: Readonly<Record<number, string>>;
  /** Address of an HLS playlist that it is offered as, too. */
  readonly hlsUrl?: string;
  /** Address of a DASH manifest that it is offered as, too. */
  readonly dashUrl?: string;
}

/** A sound track of a video that has several, as dubbed ones do. */
export interface SampleAudioTrack {
  readonly language: string;
  /** The one that the video was made with. */
  readonly isOriginal?: boolean;
  /** The one that plays for this visitor. Default: the original. */
  readonly isDefault?: boolean;
  /** Absolute path of the file of each itag of sound. Default: the bytes are those of the other tracks. */
  readonly files?: Readonly<Record<number, string>>;
}

/** A segment of a video that SponsorBlock's users have marked. */
export interface SampleSegment {
  readonly startSeconds: number;
  readonly endSeconds: number;
  /** SponsorBlock's category, for example `sponsor`. */
  readonly category: string;
}

/** A video of the double. Only `id` is required; the defaults make it an ordinary, downloadable one. */
export interface SampleVideo {
  /** Exactly 11 characters of `A-Za-z0-9_-`. */
  readonly id: string;
  /** Default: `Sample video <id>`. */
  readonly title?: string;
  readonly description?: string;
  /** Chapters, the first at 0. Default: none. */
  readonly chapters?: readonly { readonly startSeconds: number; readonly title: string }[];
  /** `YYYY-MM-DD`. Default: 2026-01-02. */
  readonly uploadedOn?: string;
  /** Key of the channel in the catalogue. Default: the sample channel. */
  readonly channel?: string;

  /** Which clips hold its media; decides the length too. Default: `landscape`. */
  readonly clips?: ClipSet;
  /** In place of the clips. */
  readonly media?: SampleMedia;
  /**
   * Formats it has, or `all` of them, or YouTube's whole `ladder`, in which the largest have the bytes of smaller ones. Default: H.264, VP9 and audio up to 1080p60. Those whose clip
   * could not be made here are left out.
   */
  readonly itags?: readonly number[] | "all" | "ladder";
  /** Formats that it has besides, whose picture a machine has enlarged. */
  readonly upscaled?: readonly number[];
  /** Its sound in several languages: each format of sound is listed once for each. Default: one that is not named. */
  readonly audioTracks?: readonly SampleAudioTrack[];
  /** Each format of sound is listed with compressed dynamics too. */
  readonly drc?: boolean;
  /** The challenge on the media addresses: none, the `n` parameter, or `n` and a scrambled signature. Default: `n`. */
  readonly challenge?: "none" | "n" | "signature";
  /** Captions. Default: English by a person and English by speech recognition. */
  readonly captions?: readonly SampleCaptions[];
  /** Languages that YouTube would translate a track into. Default: en, de, fr, es, ja. */
  readonly translations?: readonly string[];
  readonly sponsorSegments?: readonly SampleSegment[];
  /** What SponsorBlock answers in place of the segments. */
  readonly sponsorFault?: { readonly status: number; readonly body: string };
  /** Whether thumbnails exist. Default: true. */
  readonly thumbnail?: boolean;

  /** Why it cannot be played. Default: it can. */
  readonly playability?: Playability;
  /** A cookie, `NAME=value`, with which it can be played: of a signed-in account that may watch it. */
  readonly openedBy?: string;
  /** YouTube's names of the players for which it can be played all the same, for example `MWEB`. */
  readonly openTo?: readonly string[];
  /** The PO token without which its media is forbidden. Default: none is needed. */
  readonly mediaToken?: string;
  /** `Set-Cookie` of its watch page, for example what a signed-in visitor is given anew. */
  readonly setCookies?: readonly string[];
  readonly live?: "upcoming" | "now" | "ended";
  /** What is on air. Default: a stream that never ends, of the same twelve seconds again and again. */
  readonly broadcast?: LiveBroadcast;
  /** When a live stream or premiere starts; seconds since the epoch. */
  readonly startsAt?: number;
  /** Formats are there, protected by DRM. */
  readonly drm?: boolean;
  /** Formats are listed without an address, as when YouTube insists on its own streaming protocol. */
  readonly sabrOnly?: boolean;

  /** Faults of the watch page and of the player API. */
  readonly pageFaults?: ResponseFaults;
  /** Faults of the media requests, counted per video. */
  readonly mediaFaults?: ResponseFaults;
  /** Faults of the captions in one language (for a translation, the language translated into). */
  readonly captionFaults?: Readonly<Record<string, ResponseFaults>>;
  /** Media is this text, whatever it claims to be. Empty text: media of no bytes. */
  readonly mediaText?: string;
  /** Media is cut to this share of its bytes (0 to 1) and the origin thinks that is all of it. */
  readonly mediaShare?: number;
  /** Media in MP4 is padded to this many bytes, or that of each itag to its own; it stays a valid file. */
  readonly mediaBytes?: number | Readonly<Record<number, number>>;
}

/** A list of videos in order. */
export interface SamplePlaylist {
  readonly id: string;
  readonly title: string;
  readonly videoIds: readonly string[];
  /** What it has by the time that its second page is asked for; absent: the same. */
  readonly laterVideoIds?: readonly string[];
  /** YouTube's answer instead of the list, for example `The playlist does not exist.` */
  readonly alert?: string;
}

/** A channel and what its tabs show. */
export interface SampleChannel {
  /** `UC` and 22 characters. */
  readonly id: string;
  /** With the `@`. */
  readonly handle: string;
  readonly title: string;
  /** Newest first, as the site shows them. */
  readonly videos: readonly string[];
  readonly shorts?: readonly string[];
  readonly streams?: readonly string[];
  /** Ids of playlists. */
  readonly playlists?: readonly string[];
}
