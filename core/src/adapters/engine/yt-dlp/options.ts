import type { Clock } from "../../../runtime/clock.ts";
import type { HostPolicy } from "../../../sources/source-url.ts";
import type { Logger } from "../../../telemetry/logger.ts";
import type { Telemetry } from "../../../telemetry/telemetry.ts";
import type { Dial } from "../transfer/index.ts";

/** The program that solves YouTube's JavaScript challenges for yt-dlp. */
export interface JsRuntime {
  /** Deno ≥ 2.3 (sandboxed, preferred) or Node ≥ 22. */
  readonly name: "deno" | "node";
  /** Absolute path of the program. */
  readonly path: string;
}

/** What the yt-dlp downloader is made of. */
export interface YtDlpOptions {
  /** Path of yt-dlp, or its name when it is on `path`. */
  readonly binary: string;
  /** Absent: whatever yt-dlp finds on `path` (Deno alone). */
  readonly jsRuntime?: JsRuntime;
  /** Folder with the `ffmpeg` and `ffprobe` that yt-dlp may start; absent: those on `path`. */
  readonly ffmpegLocation?: string;
  /**
   * Fetch what lies as a plain file at an http or https address without yt-dlp, over several connections; what cannot be
   * fetched so is left to it. Absent: yt-dlp fetches everything.
   */
  readonly direct?: {
    /**
     * The way out of whoever has leased an egress with this proxy, past which this process connects to nothing for it; null:
     * there is none but the proxy itself, and yt-dlp takes it. Normally the egress guard's.
     */
    readonly dialThrough: (proxyUrl: string) => Promise<Dial | null>;
    /** Connections for one stream, where the origin gives parts of a file. */
    readonly connections: number;
  };
  /** PEM file with further certificate authorities; the public ones stay valid. */
  readonly caFile?: string;
  /** Folders of yt-dlp plugins of the operator's. Default: none. With any, yt-dlp is started anew for each run. */
  readonly pluginDirs?: readonly string[];
  /** Players of YouTube that are tried when yt-dlp's own choice is refused, one list after the other. Default: none. */
  readonly playerClients?: readonly string[];
  /** Server that makes PO tokens for YouTube, for the plugin of bgutil among `pluginDirs`. Default: none. */
  readonly tokenProviderUrl?: string;
  /** Parent of the temporary folders in which links are extracted. Default: the system's temporary folder. */
  readonly probeDir?: string;
  /** Folder for the cache of preprocessed YouTube players, at most 64 MiB; absent: each run preprocesses the player anew. */
  readonly playersDir?: string;
  readonly limits?: {
    /** Longest video (or clip of one) that is accepted, in seconds; null or absent: no limit. */
    readonly maxDurationSeconds?: number | null;
    /** How long a recording of a live stream may be, in seconds; null or absent: live streams are refused. */
    readonly liveSeconds?: number | null;
    /** Longest time to look at a link, in milliseconds; 3 minutes. */
    readonly resolveTimeoutMs?: number;
    /** Longest time to fetch all streams of a job, in milliseconds; 12 hours. */
    readonly fetchTimeoutMs?: number;
  };
  /** Which hosts links may name. Default: YouTube's alone. */
  readonly hostPolicy?: HostPolicy;
  readonly logger?: Logger;
  /** Is told of each run. Default: nobody is. */
  readonly telemetry?: Telemetry;
  readonly clock?: Clock;
  /** Added to the niceness of the children: 0 to 19. */
  readonly niceness?: number;
  /**
   * Keep one yt-dlp loaded and fork it for each run, which saves a quarter of a second of work a run; then `close` must end
   * it. Costs some 45 MB. Where yt-dlp is no Python program it is started anew each time all the same. Default: false.
   */
  readonly warm?: boolean;
  /** Where the children look for programs, as in `PATH`. Default: the usual system folders. */
  readonly path?: string;
}

/** Milliseconds that looking at a link may take. */
export const defaultResolveTimeoutMs = 3 * 60_000;

/** Milliseconds that fetching the streams of a job may take. */
export const defaultFetchTimeoutMs = 12 * 3_600_000;
