import type { EgressLease } from "../egress/egresses.ts";
import type { AppError } from "../errors/app-error.ts";
import type { ErrorCode } from "../errors/codes.ts";
import type { Warning } from "../jobs/job.ts";
import type { Media } from "../jobs/media.ts";
import type { DownloadRequest } from "../jobs/request.ts";
import type { CaptionClock } from "../subtitles/caption-clock.ts";
import type { Cue } from "../subtitles/cue.ts";
import type { WorkFolder } from "./work-folders.ts";

/** What a link offers. */
export type Probe =
  | {
      readonly kind: "video";
      readonly media: Media;
      readonly formats: readonly ProbedFormat[];
      readonly subtitles: readonly ProbedSubtitles[];
      /** The list that the link of a video also names; null: none that can be probed. */
      readonly listUrl: string | null;
    }
  | {
      readonly kind: "playlist";
      readonly id: string;
      readonly title: string | null;
      readonly channel: string | null;
      readonly webpageUrl: string;
      /** How many there are in all, if the source says. */
      readonly count: number | null;
      readonly entries: readonly PlaylistEntry[];
      /** Cursor of the next page; null: there are no more entries. */
      readonly nextCursor: string | null;
    };

/** How to probe a link. */
export interface ProbeOptions {
  readonly signal: AbortSignal;
  /** Of a list at most so many entries. Default: 100. */
  readonly limit?: number | undefined;
  /** `nextCursor` of the page before; absent: from the first entry. */
  readonly cursor?: string | undefined;
  /** Of a list the entries after so many, in place of a cursor. */
  readonly offset?: number | undefined;
  /** Whose what is found is: nobody else gets it again. Absent: it is asked for anew, and kept for nobody. */
  readonly owner?: string | undefined;
  /** Name of an egress or a pool that it must go through; absent: any. */
  readonly through?: string | undefined;
  /** `never`: the source is asked, whatever was found before. Default: `auto`. */
  readonly reuse?: "auto" | "never" | undefined;
  /** The API key it is for: probe slots are shared fairly between holders. Absent: all such probes share one holder's. */
  readonly holder?: string | undefined;
}

/** One form in which the source offers the media. Unknown values are null. */
export interface ProbedFormat {
  readonly id: string;
  readonly container: string;
  readonly videoCodec: string | null;
  readonly audioCodec: string | null;
  readonly width: number | null;
  readonly height: number | null;
  readonly fps: number | null;
  readonly hdr: boolean;
  readonly bitrateKbps: number | null;
  readonly bytes: number | null;
  readonly language: string | null;
}

export interface ProbedSubtitles {
  readonly language: string;
  readonly name: string | null;
  readonly automatic: boolean;
}

export interface PlaylistEntry {
  /** `playlist`: a list again, as on the page of a channel's playlists. */
  readonly kind: "video" | "playlist";
  readonly id: string;
  readonly url: string;
  readonly title: string | null;
  readonly durationSeconds: number | null;
  /** About when it was published, an ISO 8601 date or time, if the list says. */
  readonly uploadedAt: string | null;
  /** Why it cannot be had, as far as the list says. */
  readonly unavailable: ErrorCode | null;
}

/** A segment that SponsorBlock marks. */
export interface Segment {
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly category: string;
}

/** One stream that will be fetched. */
export interface PlannedStream {
  readonly formatId: string;
  readonly hasVideo: boolean;
  readonly hasAudio: boolean;
  /** Expected size; null when the source does not say. */
  readonly bytes: number | null;
  /** About how much of it is fetched, where only parts of it are needed; absent: all of it. */
  readonly neededBytes?: number;
  /** Of its sound, as a BCP 47 tag; null or absent: the source does not say. */
  readonly language?: string | null;
}

/** What the source says of a video besides {@link Media}. It is too long for events and lists, and is written beside the result. */
export interface MediaDetails {
  readonly description: string | null;
  readonly channelId: string | null;
  readonly categories: readonly string[];
  readonly tags: readonly string[];
}

/** How much is expected to be fetched of these streams. */
export const expectedBytes = (streams: readonly Pick<PlannedStream, "bytes" | "neededBytes">[]): number =>
  streams.reduce((sum, { bytes, neededBytes }) => sum + (neededBytes ?? bytes ?? 0), 0);

/** What an attempt will fetch. Plain JSON: it is kept in the work folder, for this host alone (it is tied to signed URLs there). */
export interface Resolution {
  readonly media: Media;
  /** Absent: the source says no more. */
  readonly details?: MediaDetails;
  /** Empty for a transcript. */
  readonly streams: readonly PlannedStream[];
  /** Those of the categories that the request names, to cut out or to mark; empty unless asked for. */
  readonly segments: readonly Segment[];
  readonly warnings: readonly Warning[];
  /** Of a live stream that is on air: it is recorded, not fetched. */
  readonly live?: LiveWishes;
  /** It was found earlier, for a probe or another job: its links may be refused by now although new ones would not be. */
  readonly isKept?: true;
}

/** How a live stream is recorded. */
export interface LiveWishes {
  /** Begin with the oldest that the source still has; else with what is on air now. */
  readonly fromStart: boolean;
  /** Ends the recording. */
  readonly maxSeconds: number;
}

/** Progress of the fetch, over all its streams. It never decreases within a call. */
export interface FetchProgress {
  /** 0 to 1, or null while unknown. */
  readonly fraction: number | null;
  readonly downloadedBytes: number;
  readonly totalBytes: number | null;
  readonly bytesPerSecond: number | null;
  readonly etaSeconds: number | null;
  /** How much of a live stream has been recorded; absent: it is none. */
  readonly recordedSeconds?: number;
}

/** A period of a stream, with media of its own. */
export interface FetchedPeriod {
  /** Absolute path in the work folder; null: there is nothing of the stream in this period. */
  readonly path: string | null;
  /** When it begins on the timeline of the source; null: where the media of the one before ends. */
  readonly startSeconds: number | null;
  /** How long it is; null: as long as its media. */
  readonly seconds: number | null;
  /** The timestamp of its media that is the start of the period; null: that with which the media begins. */
  readonly offsetSeconds: number | null;
}

export interface FetchedStream {
  readonly formatId: string;
  /** Absolute path in the work folder; of several periods that of the first. */
  readonly path: string;
  /** The periods that it consists of, in order, to be joined; absent: it is one file. */
  readonly periods?: readonly FetchedPeriod[];
  /** Hex SHA-256, where it was computed while the file was written; null or absent: not computed yet. */
  readonly sha256?: string | null;
  /** When it begins on the timeline of the source, in seconds, where no more was needed; absent: with it. */
  readonly beginsAtSeconds?: number;
  /** How much later than the source it begins, in seconds, of which all was fetched; absent: with it, or that is not known. */
  readonly laterBySeconds?: number;
}

export interface FetchedSubtitles {
  readonly language: string;
  readonly automatic: boolean;
  readonly cues: readonly Cue[];
  /** Of cues that have a clock of their own. Absent: their times are those of the media. */
  readonly clock?: CaptionClock;
}

/** Probes a link, as {@link Downloader.probe} does; its maker provides the egress. */
export type ProbeLink = (url: string, options: ProbeOptions) => Promise<Probe>;

export interface ResolveOptions {
  readonly folder: WorkFolder;
  /** The egress through which the source is reached. */
  readonly egress: EgressLease;
  readonly signal: AbortSignal;
}

export interface FetchOptions extends ResolveOptions {
  readonly onProgress: (progress: FetchProgress) => void;
  /** Stop with `file_too_large` beyond this; null: no limit. */
  readonly maxBytes: number | null;
  /** Stop with `stalled` when nothing moved for this long. */
  readonly stallMs: number;
}

export interface RecordOptions extends ResolveOptions {
  readonly onProgress: (progress: FetchProgress) => void;
  /** Stop with `stalled` when nothing was sent for this long. */
  readonly stallMs: number;
  /** Aborts when the recording is to end. */
  readonly finish: AbortSignal;
}

/** What a folder holds of a live stream. */
export interface Recording {
  /** Empty: nothing. */
  readonly streams: readonly FetchedStream[];
  readonly seconds: number;
  readonly bytes: number;
  /** About how much of the stream was missed between its pieces. */
  readonly missingSeconds: number;
  /** `over`: the stream has ended; `limit`: it is as long as it may be; null: it was stopped. */
  readonly end: "over" | "limit" | null;
}

/** The state of a program or service that is needed. */
export interface Check {
  /** For example `yt-dlp`, `js-runtime`, `ffmpeg`. */
  readonly name: string;
  readonly status: "ok" | "warning" | "failed";
  /** What was found, for example a version. */
  readonly detail: string;
  /** What to do when it is not ok. */
  readonly fix?: string;
}

/**
 * Gets media from a source. Rejects with a code of the `source` or `limits` family, `tool_missing`, `tool_outdated`,
 * `out_of_memory`, `disk_full`, or with the signal's reason when it aborts; by then all processes that it started have exited.
 * Within one work folder `resolve` extracts once: a second call soon after is answered from the cached result of the first,
 * so a retry asks the source only for the bytes that are missing. Over work folders and probes a video is extracted once for
 * those with the same `looks` of their egress.
 */
export interface Downloader {
  /**
   * What a link offers. Lists come flat and page by page: none of their videos is extracted. A page may repeat or omit
   * an entry when the list changes meanwhile. A foreign cursor is an `invalid_request`.
   */
  probe(url: string, options: ProbeOptions & { readonly egress: EgressLease }): Promise<Probe>;
  /** Chooses what to fetch for this request. */
  resolve(request: DownloadRequest, options: ResolveOptions): Promise<Resolution>;
  /** Fetches the chosen streams; continues partial files in the folder. */
  fetch(resolution: Resolution, options: FetchOptions): Promise<readonly FetchedStream[]>;
  /**
   * Records a live stream, after what an earlier call recorded in the folder, until it ends, is as long as it may be, or `finish`
   * aborts. What was recorded is kept whatever happens: when the source fails or the call is aborted (it rejects then), and when
   * the process is killed.
   */
  record(resolution: Resolution, options: RecordOptions): Promise<Recording>;
  /**
   * Drops the result of `resolve` cached in the folder: the next one extracts again (after an expired or refused media URL), and
   * does not take what it was made of from `looks` either.
   */
  forget(folder: WorkFolder): Promise<void>;
  /** Best effort: what is missing or refused comes back as a warning, never as a failure (except abort). */
  fetchSubtitles(
    request: DownloadRequest,
    resolution: Resolution,
    options: ResolveOptions,
  ): Promise<{
    readonly subtitles: readonly FetchedSubtitles[];
    readonly warnings: readonly Warning[];
    /** Why not one could be had of those that the source has. Absent: there is one, or the source has none that is wished for. */
    readonly failure?: AppError;
  }>;
  /** The thumbnail as a JPEG, PNG or WebP file in the folder; null when there is none. */
  fetchThumbnail(resolution: Resolution, options: ResolveOptions): Promise<string | null>;
  /** The version in use, or that an attempt with this work folder is run with; read once and cached. */
  version(folder?: WorkFolder): Promise<string | null>;
  /** Checks the program and its dependencies. */
  check(signal?: AbortSignal): Promise<readonly Check[]>;
}
