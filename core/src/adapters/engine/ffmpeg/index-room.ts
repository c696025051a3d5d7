import { stat } from "node:fs/promises";
import type { Recipe } from "../../../pipeline/transcoder.ts";
import { sourcesOf } from "./align-cuts.ts";
import type { Form } from "./form.ts";

/** Smaller files are rewritten in no time. */
const leastBytes = 64 << 20;
/** At most so much of a file may stay unused. */
const largestShare = 0.01;
/** What the tables of an MP4 need for a picture and for a packet of sound at most, and for everything that is there once. */
const pictureBytes = 44;
const soundBytes = 32;
const ownBytes = 256 << 10;
/** Where a rate is not known, of pictures and of packets of sound. */
const mostPictures = 60;
const mostPackets = 60;

/**
 * How many bytes the index of a large MP4 may need, to be reserved ahead of its media: else the whole file would be read and written once
 * more to move it there. Null: it is not worth it, or cannot be told.
 */
export async function indexRoom(form: Form, recipe: Recipe, seconds: number | null): Promise<number | null> {
  const { video, videoEncoding, sounds, muxerOptions } = form;
  const isAhead = muxerOptions.includes("+faststart");
  if (!isAhead || seconds === null || recipe.keep !== null || video === null || videoEncoding !== null) return null;
  const files = new Map(sourcesOf(form).map(({ file }) => [file.path, file.bytes]));
  const bytes = [...files.values()].reduce((sum, one) => sum + one, 0);
  const cover = recipe.cover === null ? 0 : (await stat(recipe.cover)).size;
  const pictures = seconds * (video.stream.fps ?? mostPictures) * pictureBytes;
  const room = Math.ceil(ownBytes + 2 * cover + pictures + seconds * mostPackets * soundBytes * sounds.length);
  return bytes < leastBytes || room > bytes * largestShare ? null : room;
}

/** The options of the muxer without the one that moves the index. */
export const withoutRewriting = (options: readonly string[]): readonly string[] =>
  options.filter((option, index) => option !== "+faststart" && options[index + 1] !== "+faststart");

/** Whether FFmpeg has failed as the room did not suffice. */
export const isTooSmall = (error: unknown): boolean =>
  error instanceof Error && error.cause instanceof Error && /reserved_moov_size is too small/.test(error.cause.message);
