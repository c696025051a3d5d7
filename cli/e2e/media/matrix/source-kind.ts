import type { ErrorCode } from "@vidferry/core";
import { timecodeInputs } from "@vidferry/testing";
import { h264, type MediaScene } from "../media-scene.ts";

/** Seconds of media in every source. */
export const sourceSeconds = 12;
/** Distance of key frames and length of segments, in seconds. */
export const groupSeconds = 2;

/** A range of the source. */
export interface TimeRange {
  readonly startSeconds: number;
  readonly endSeconds: number;
}

/** What is common to a group of kinds; a covering choice combines each group with everything that may be asked for. */
export type SourceGroup = "file" | "stream" | "picture" | "sound" | "broken";

/** How a source is reached: a file, a file of sound alone, or a manifest. */
export interface Delivered {
  readonly as: "file" | "sound" | "hls" | "dash";
  /** Below the origin's folder. */
  readonly path: string;
}

/** A kind of source that a service meets in the wild: the timecode from 0 to {@link sourceSeconds}, whatever carries it. */
export interface SourceKind {
  readonly name: string;
  readonly group: SourceGroup;
  /** Makes its files in the origin's folder, `base` first in their names. */
  make(scene: MediaScene, base: string): Delivered | Promise<Delivered>;
  /** The range that has a picture; null: none has. Default: all. */
  readonly picture?: TimeRange | null;
  /** The range that has sound, or several. */
  readonly sound?: TimeRange | readonly TimeRange[] | null;
  /** Where two recordings meet in it, in seconds. */
  readonly joints?: readonly number[];
  /** How long its frames stand at most beyond a usual one, in seconds. Default: 0. */
  readonly held?: number;
  /** Ask for a high dynamic range. Default: no, and the colours of a source that has one are converted. */
  readonly hdr?: boolean;
  /** False: its picture cannot tell its time once its colours are converted. */
  readonly isReadable?: boolean;
  /** Codes of which one is the right end, if it is not delivered right. Default: it must be delivered. */
  readonly refusals?: readonly ErrorCode[];
  /** Warnings that may be given of a result from it. */
  readonly warnings?: readonly string[];
}

/** FFmpeg's inputs: the picture as 0 and the sound as 1, for all of the source or a part of it. */
export const inputs = (range: Partial<TimeRange> = {}): string[] => {
  const { startSeconds = 0, endSeconds = sourceSeconds } = range;
  return timecodeInputs({ seconds: endSeconds - startSeconds, startSeconds, size: "96x64" });
};

/** The picture and the sound that most sources have. */
export const picture = h264({ keyFrameSeconds: groupSeconds });
export const sound = ["-c:a", "aac", "-b:a", "96k"];
