import type { Chapter } from "../jobs/media.ts";
import type { AudioFormat, PictureFormat, VideoCodec, VideoContainer } from "../jobs/request-values.ts";
import type { Check } from "./downloader.ts";
import type { TimeRange } from "./timeline/time-ranges.ts";

/** One stream inside a media file. Values that do not apply to its kind, or are unknown, are null. */
export interface MediaStream {
  readonly kind: "video" | "audio" | "subtitle" | "other";
  /** FFmpeg's name, for example `h264`, `vp9`, `aac`, `opus`. */
  readonly codec: string;
  /** FFmpeg's name of the codec's profile, for example `High`. */
  readonly profile: string | null;
  /** The four characters by which an MP4 names the codec, for example `hvc1`. */
  readonly codecTag: string | null;
  /** As it is shown: a rotation is applied. */
  readonly width: number | null;
  readonly height: number | null;
  readonly fps: number | null;
  /** FFmpeg's name of the pixel format, for example `yuv420p10le`. */
  readonly pixelFormat: string | null;
  /** Whether its brightness goes beyond that of ordinary screens (PQ or HLG). */
  readonly isHdr: boolean;
  /** How far a player turns the picture clockwise, in degrees: 0, 90, 180 or 270. */
  readonly rotation: number;
  /** Whether frames are stored in another order than they are shown. */
  readonly hasBFrames: boolean;
  readonly channels: number | null;
  /** Of sound without loss: bits of a sample. */
  readonly bitsPerSample: number | null;
  /** How long it is, where its file says it of each stream. Absent: it is not known. */
  readonly durationSeconds?: number;
  /** How much later than its file it begins, in seconds. Absent: with it. */
  readonly beginsAfterSeconds?: number;
  /** As a BCP 47 tag or a code of ISO 639-2. */
  readonly language: string | null;
  /** Whether the file's maker means it to be played. */
  readonly isDefault: boolean;
  /** True for cover pictures, which are not video. */
  readonly attachedPicture: boolean;
}

/** An inspected media file. */
export interface MediaFile {
  readonly path: string;
  readonly bytes: number;
  /** FFmpeg's demuxer name, for example `mov,mp4,m4a,3gp,3g2,mj2`. */
  readonly format: string;
  readonly durationSeconds: number | null;
  /** Timestamp of its first packet, in seconds: where it begins on a clock that it may share with other files. */
  readonly startSeconds: number;
  /** When it begins on the clock of a transport stream, in seconds, where not its packets say so, but a tag, or the file it was copied from. */
  readonly transportSeconds?: number;
  /** When it begins on the timeline of the source, in seconds: what goes before was not needed, or is not there. Absent: with the source. */
  readonly beginsAtSeconds?: number;
  /**
   * Whether it holds media from before its beginning, which is decoded and not shown, as an MP4 has that was cut without encoding it anew.
   * Absent: no.
   */
  readonly hidesBeginning?: boolean;
  /** Whether its timestamps start anew somewhere: nothing can be looked up by time until it is rewritten. */
  readonly isDiscontinuous: boolean;
  /** Whether it can be played and sought while it arrives: not so an MP4 with its index behind the media or in fragments. */
  readonly isIndexedAhead: boolean;
  readonly streams: readonly MediaStream[];
  /** Of a file from a source: seconds in its middle for which it holds nothing. Absent: none are known. */
  readonly missingSeconds?: number;
  /** Whether it ends in the middle of a frame, and nothing in it says how long it should be. Absent: no. */
  readonly endsWithinFrame?: boolean;
  /** Of a result into which captions are drawn: letters for which there was no font. Absent: all were drawn. */
  readonly undrawn?: readonly string[];
  /** How many chapters it has. */
  readonly chapterCount: number;
  /** Hex SHA-256, where the writer of the file computed it; absent: not computed yet. */
  readonly sha256?: string;
}

/** A period of a source, with media of its own. */
export interface MediaPeriod {
  /** Null: it has nothing in this period, which becomes silent or black. */
  readonly file: MediaFile | null;
  /** On the timeline of the result. The first begins at 0. */
  readonly startSeconds: number;
  /** How long the source says it is; null: it does not. */
  readonly seconds: number | null;
  /** The timestamp of its media that is the start of the period. */
  readonly offsetSeconds: number;
}

/** Periods on one timeline. */
export interface JoinedMedia {
  readonly file: MediaFile;
  /** Whether they had to be encoded, as they differ. */
  readonly isEncoded: boolean;
}

/** How sound is encoded; what is absent stays as it is in the source. */
export interface SoundWishes {
  readonly channels?: 1 | 2;
  readonly sampleRateHz?: number;
  /** Of MP3 with a variable bit rate: 0 (best) to 9; absent: a constant one. */
  readonly vbrQuality?: number;
}

/** What to make of the fetched files, in as few passes over the data as possible. */
export interface Recipe {
  /** Inspected inputs: one file with everything, or one of video and one of audio. */
  readonly inputs: readonly MediaFile[];
  readonly target:
    | {
        readonly kind: "video";
        readonly container: VideoContainer;
        /** Keep the range and colours of a high dynamic range; absent: convert them to those of ordinary screens. */
        readonly hdr?: boolean;
        /** What a picture of another codec, or one that has to be, is encoded in; absent and `any`: what plays most widely in the container. */
        readonly codec?: VideoCodec;
        /** A picture of more frames a second is encoded with so many. Absent: it keeps its own. */
        readonly maxFps?: number;
      }
    | ({
        readonly kind: "audio";
        readonly format: AudioFormat;
        readonly bitrateKbps: number | null;
        readonly normalize: boolean;
        /** Whether its times are those of the source: silence where that has no sound yet, or none any more. Absent: no. */
        readonly isOnTimeline?: boolean;
      } & SoundWishes);
  /** Of several sounds `original`, a language, or `all` (of a video); absent: `original`. */
  readonly audioLanguage?: string;
  /** The time ranges to keep, in order, not overlapping, as {@link Transcoder.alignCuts} gave them; null keeps everything. */
  readonly keep: readonly TimeRange[] | null;
  /** Cut at the exact frame (re-encodes) instead of at key frames. */
  readonly exact: boolean;
  /** Chapters to write, on the source's timeline; the transcoder moves them to the timeline of the result. Empty: none. */
  readonly chapters: readonly Chapter[];
  /** Tags to write, for example `title`, `artist`, `date`; null: none. */
  readonly tags: Readonly<Record<string, string>> | null;
  /** SRT files to put into the video, on the output's timeline. */
  readonly subtitles: readonly { readonly path: string; readonly language: string }[];
  /** A WebVTT file whose text is drawn into the picture (which re-encodes it), on the output's timeline; null: none. */
  readonly burnIn: string | null;
  /** Picture to put in as cover; null: none. */
  readonly cover: string | null;
  /** Absolute path of the result without its extension. */
  readonly outputBase: string;
}

export interface InspectOptions {
  readonly signal: AbortSignal;
  /**
   * Of a file from a source: how long the source says it is, in seconds; null: it does not say. A length that the file only
   * estimates is then measured, and a file shorter than its own header says is refused as `output_invalid`.
   * Absent: a file of our own, taken at its word.
   */
  readonly expectedSeconds?: number | null;
  /** It is a part of its source, and its header may tell of the whole: its length is measured. */
  readonly isPart?: boolean;
}

export interface ShapeOptions {
  readonly signal: AbortSignal;
  /** 0 to 1; never decreases within a call. */
  readonly onProgress: (fraction: number) => void;
  /** Stop with `timed_out` after this long. */
  readonly timeoutMs: number;
}

/**
 * Shapes media on the local disk; never touches the network and reads nothing but the files it is given.
 * Rejects with `processing_failed`, `disk_full`, `timed_out` (also when nothing moves), `tool_missing`, `file_too_large`,
 * `out_of_memory` (also when the kernel's OOM killer ended a program),
 * `output_invalid` (a file of another format than it claims, or a truncated one), `format_unavailable` (no picture or no sound
 * where it is wanted, a clip behind the end), or with the signal's reason; by then all its processes have exited, and no partial result has the
 * final name.
 */
export interface Transcoder {
  /** Inspects a file. Rejects with `output_invalid` when it is not media of an allowed kind. */
  inspect(path: string, options: InspectOptions): Promise<MediaFile>;
  /** Copies a discontinuous file into one of continuous timestamps, and inspects that. */
  rewrite(
    file: MediaFile,
    outputBase: string,
    options: { readonly signal: AbortSignal; readonly timeoutMs: number },
  ): Promise<MediaFile>;
  /**
   * Joins periods into one file, each where it begins whatever its timestamps and however long its media is. They are copied where a
   * decoder takes one after the other, else all are encoded like the longest of them. Rejects with `format_unavailable` when they
   * cannot be joined without loss, and with `output_invalid` when one is shorter than the source says.
   */
  join(
    periods: readonly MediaPeriod[],
    outputBase: string,
    options: { readonly signal: AbortSignal; readonly timeoutMs: number },
  ): Promise<JoinedMedia>;
  /**
   * Where the result of such a recipe can be cut: the wanted ranges within the media, and those of copied pictures extended back
   * to key frames. Null: all is kept. What is put beside the result or into it must lie on this timeline.
   */
  alignCuts(
    recipe: Pick<Recipe, "inputs" | "target" | "keep" | "exact" | "audioLanguage">,
    options: { readonly signal: AbortSignal },
  ): Promise<readonly TimeRange[] | null>;
  /** Whether the file is already what the recipe asks for, so that `shape` has nothing to do. Pure. */
  isFinished(recipe: Recipe): boolean;
  /**
   * Makes the result and inspects it; its path has the matching extension. Copies streams whose codecs fit the container,
   * re-encodes the others.
   */
  shape(recipe: Recipe, options: ShapeOptions): Promise<MediaFile>;
  /** A picture file in another format, without what else it holds; returns the path, whose extension is the format. */
  toPicture(
    path: string,
    outputBase: string,
    options: { readonly format: PictureFormat; readonly signal: AbortSignal },
  ): Promise<string>;
  /** The version in use; read once and cached. */
  version(): Promise<string | null>;
  check(signal?: AbortSignal): Promise<readonly Check[]>;
}
