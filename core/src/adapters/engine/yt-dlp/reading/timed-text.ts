import type { CaptionClock } from "../../../../subtitles/caption-clock.ts";
import type { Cue } from "../../../../subtitles/cue.ts";
import { plainText } from "../../../../subtitles/plain-text.ts";
import { wordsUntil } from "../../../../subtitles/words.ts";

/** `00:01.5 --> 01:02:03,004 line:0 X1:10`: hours and fractions may be absent; what follows the times is a position. */
const time = String.raw`(?:(\d{1,6}):)?(\d{1,3}):(\d{1,2})(?:[.,](\d{1,9}))?`;
const timing = new RegExp(`^ ?${time} ?--> ?${time}(?: |$)`);
/** The time of a word. */
const wordTime = /<(?:(\d{1,6}):)?(\d{2}):(\d{2})[.,](\d{1,9})>/;

/** A longer line is no timing line. */
const longestTiming = 500;

/**
 * Parses WebVTT or SubRip. Tolerant, since few files follow the rules: a comma or a point before the fraction, times without
 * hours or with hundreds of them, and in SubRip blank lines within a text.
 */
export function parseTimedText(text: string, format: "vtt" | "srt"): Cue[] {
  const cues: Cue[] = [];
  let open: { readonly start: number; readonly end: number; readonly lines: string[] } | null = null;
  const close = () => {
    if (open === null) return;
    const cue = cueOf(open.start, open.end, open.lines.join("\n"));
    if (cue.text !== "") cues.push(cue);
    open = null;
  };
  for (const raw of text.split(/\r\n|\n|\r/)) {
    // Runs of spaces would make the expressions slow.
    const line = raw.replace(/[^\S\r\n]+/g, " ");
    const times = line.length <= longestTiming && line.includes("-->") ? timing.exec(line) : null;
    if (times !== null) {
      // The number of a cue stands before its times.
      if (open !== null && /^ ?\d+ ?$/.test(open.lines.at(-1) ?? "")) open.lines.pop();
      close();
      open = { start: secondsOf(times.slice(1, 5)), end: secondsOf(times.slice(5, 9)), lines: [] };
    } else if (line === "" && format === "vtt") close();
    else open?.lines.push(line);
  }
  close();
  return cues;
}

const mapping = /^X-TIMESTAMP-MAP=(.{1,200})$/m;

/** How the times of WebVTT belong to those of the stream that it is a part of; null: it does not say. */
export function clockOf(text: string): CaptionClock | null {
  const said = mapping.exec(text.slice(0, 2_000))?.[1] ?? "";
  const ticks = /MPEGTS:(\d{1,15})/.exec(said)?.[1];
  const local = new RegExp(`LOCAL:${time}`).exec(said);
  if (ticks === undefined || local === null) return null;
  return { localSeconds: secondsOf(local.slice(1, 5)), streamSeconds: Number(ticks) / 90_000 };
}

function cueOf(startSeconds: number, endSeconds: number, markup: string): Cue {
  const cue = { startSeconds, endSeconds, text: plainText(markup) };
  // Lines without times of words repeat what was said before.
  const timed = markup.split("\n").filter((line) => wordTime.test(line));
  if (timed.length === 0) return cue;
  const starts = timed.flatMap((line) => {
    const [first = "", ...rest] = line.split(new RegExp(wordTime, "g"));
    const words = [{ startSeconds, text: plainText(first) }];
    // Each time is four groups, and the text after it.
    for (let at = 0; at + 4 < rest.length; at += 5)
      words.push({ startSeconds: secondsOf(rest.slice(at, at + 4)), text: plainText(rest[at + 4] ?? "") });
    return words;
  });
  return { ...cue, words: wordsUntil(starts, endSeconds) };
}

function secondsOf([hours = "0", minutes, seconds, fraction = "0"]: readonly (string | undefined)[]): number {
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds) + Number(`0.${fraction}`);
}
