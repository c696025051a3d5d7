import { parseText } from "media-captions";
import type { Cue } from "../../../../subtitles/cue.ts";
import { plainText } from "../../../../subtitles/plain-text.ts";
import { withoutRollingLines } from "../../../../subtitles/rolling.ts";
import { countValues } from "./count-values.ts";
import { parseJson3 } from "./json3.ts";

/** Twelve hours with a cue every second. */
const maxCues = 50_000;
const maxLines = 200_000;
/** About forty values a cue: its words with their timestamps. */
const maxJsonValues = 1_000_000;
/** Longest text of one cue, in characters: several screens. */
const maxCueLength = 10_000;
/** Longest text of all cues together, in characters. */
const maxTextLength = 2_000_000;

/** Parses a caption file. Throws when it is of another format, exceeds the limits, or has no text. */
export async function parseCaptions(bytes: Uint8Array, format: string): Promise<Cue[]> {
  const cues = format === "json3" ? readJson3(bytes) : await readTimedText(bytes, format);
  if (cues.length === 0) throw new Error("there is no text in it");
  if (cues.length > maxCues) throw new Error(`there are more than ${maxCues} lines of speech in it`);
  if (cues.some(({ text }) => text.length > maxCueLength)) throw new Error("a line of it is too long");
  if (cues.reduce((sum, { text }) => sum + text.length, 0) > maxTextLength) throw new Error("its text is too long");
  return cues;
}

function readJson3(bytes: Uint8Array): Cue[] {
  if (countValues(bytes) > maxJsonValues) throw new Error("there is too much in it");
  return parseJson3(decode(bytes));
}

async function readTimedText(bytes: Uint8Array, format: string): Promise<Cue[]> {
  if (format !== "vtt" && format !== "srt") throw new Error(`captions of the format ${format} cannot be read`);
  // The parser is quadratic in runs of spaces: a megabyte of them would take an hour.
  const text = decode(bytes).replace(/[^\S\r\n]+/g, " ");
  // The parser needs much memory for each line and each cue, so they are counted first.
  if (count(text, "-->") > maxCues) throw new Error(`there are more than ${maxCues} lines of speech in it`);
  if (Math.max(count(text, "\n"), count(text, "\r")) > maxLines)
    throw new Error(`there are more than ${maxLines} lines in it`);
  const { cues } = await parseText(text, { type: format });
  const plain = cues
    .map((cue) => ({ startSeconds: cue.startTime, endSeconds: cue.endTime, text: plainText(cue.text) }))
    .filter((cue) => cue.text !== "");
  return withoutRollingLines(plain);
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function count(text: string, part: string): number {
  let found = 0;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length)) found += 1;
  return found;
}
