import type { Recipe } from "../../../pipeline/transcoder.ts";
import { type FfmpegTools, listPackets } from "./execute.ts";
import type { Form, Source } from "./form.ts";

const deadlineMs = 600_000;

/** Containers that say of each packet when it is heard; in others one follows the other. */
const timed = /^(mov,|matroska|mpeg|ogg|flv|avi|asf)/;

/** Muxers in whose files one packet is heard after the other. In Opus a time that is left out is a loss, which players conceal (RFC 7845). */
const timeless = ["mp3", "flac", "wav", "ogg", "opus"];

/** Whether a result of sound alone would be without the pauses of its source, were they not known. Ranges that are encoded are filled up. */
export function losesPauses({ target, keep }: Pick<Recipe, "target" | "keep">, { sounds, muxer }: Form): boolean {
  if (target.kind !== "audio" || target.isOnTimeline === true) return false;
  return sounds.every(({ encoding }) => encoding === null) ? timeless.includes(muxer) : keep === null;
}

/** So much silence nobody hears, as before a sound that begins a little later than its file: codecs make it do so. In seconds. */
export const unheardSeconds = 0.1;

/** Times are rounded, often to milliseconds. */
const roundedSeconds = 0.005;

/** Codecs all of whose packets last the same: in an MP4 one is as long as it takes to the next. */
const even = /^(aac|mp3|ac3|eac3|alac)$/;

/**
 * Whether a sound pauses somewhere: its packets leave time between them, at once or little by little. A file that holds no times, as those
 * of most sound formats do, loses such pauses. Reads all of the file.
 */
export async function hasPauses(tools: FfmpegTools, source: Source, signal: AbortSignal): Promise<boolean> {
  const { file, index, stream } = source;
  if (!timed.test(file.format)) return false;
  const times = ["-select_streams", String(index), "-show_entries", "packet=pts_time,duration_time"];
  let [pauses, silentSeconds] = [false, 0];
  let [before, length] = [Number.NaN, Number.NaN];
  await listPackets(tools, [...times, "-i", `file:${file.path}`], { signal, deadlineMs }, (line) => {
    const [at = Number.NaN, seconds = Number.NaN] = line.split(",").map(Number);
    if (!Number.isFinite(at)) return;
    const silence = at - before - length;
    if (Math.abs(silence) > roundedSeconds) silentSeconds += silence;
    if (silentSeconds > unheardSeconds) pauses = true;
    const isShorter = Number.isFinite(seconds) && !(even.test(stream.codec) && seconds > length);
    // A packet that does not say how long it is lasts as long as the one before it.
    if (isShorter) length = seconds;
    else if (Number.isNaN(length)) length = at - before;
    before = at;
  });
  return pauses;
}
