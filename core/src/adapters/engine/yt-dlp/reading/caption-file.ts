import type { CaptionClock } from "../../../../subtitles/caption-clock.ts";
import type { Cue } from "../../../../subtitles/cue.ts";
import { withoutRollingLines } from "../../../../subtitles/rolling.ts";
import { wholeCues } from "../../../../subtitles/whole-cues.ts";
import { parseAss } from "./ass.ts";
import { countValues } from "./count-values.ts";
import { decodeText } from "./decode-text.ts";
import { parseJson3 } from "./json3.ts";
import type { CaptionFile } from "./task.ts";
import { clockOf, parseTimedText } from "./timed-text.ts";
import { parseTtml } from "./ttml.ts";

/** Twelve hours with a cue every second. */
const maxCues = 50_000;
const maxLines = 200_000;
/** About forty values a cue: its words with their timestamps. */
const maxJsonValues = 1_000_000;
/** Longest text of one cue, in characters: several screens. */
const maxCueLength = 10_000;
/** Longest text of all cues together, in characters. */
const maxTextLength = 2_000_000;

/** A caption file that was read. */
export interface ReadCaptions {
  readonly cues: Cue[];
  /** The encoding, where the file does not say it; null: it is certain. */
  readonly guessedEncoding: string | null;
  /** Of a clock of its own; null: it has none. */
  readonly clock: CaptionClock | null;
}

/** Parses a caption file. Throws when it is of another format, exceeds the limits, or has no text. */
export async function parseCaptions(bytes: Uint8Array, file: Omit<CaptionFile, "path">): Promise<ReadCaptions> {
  const { text, guessed } = decodeText(bytes, file.language);
  const parsed = parse(text, bytes, file);
  checkSize(parsed);
  // Only recognised speech repeats its lines; what somebody wrote twice is said twice.
  const cues = wholeCues(file.rolls ? withoutRollingLines(parsed) : parsed);
  return { cues, guessedEncoding: guessed, clock: clockOf(text) };
}

function checkSize(cues: readonly Cue[]): void {
  if (cues.length === 0) throw new Error("there is no text in it");
  if (cues.length > maxCues) throw new Error(tooManyCues);
  if (cues.some(({ text }) => text.length > maxCueLength)) throw new Error("a line of it is too long");
  if (cues.reduce((sum, { text }) => sum + text.length, 0) > maxTextLength) throw new Error("its text is too long");
}

const tooManyCues = `there are more than ${maxCues} lines of speech in it`;

function parse(text: string, bytes: Uint8Array, { format, rolls }: Omit<CaptionFile, "path">): Cue[] {
  const kind = kindOf(text, format);
  if (kind === "json3") {
    if (countValues(bytes) > maxJsonValues) throw new Error("there is too much in it");
    return parseJson3(text, rolls);
  }
  // Each line and each cue takes much memory, so they are counted first.
  if (Math.max(count(text, "-->"), count(text, "Dialogue:"), count(text, "<p")) > maxCues) throw new Error(tooManyCues);
  if (Math.max(count(text, "\n"), count(text, "\r")) > maxLines)
    throw new Error(`there are more than ${maxLines} lines in it`);
  if (kind === "ass") return parseAss(text);
  if (kind === "ttml") return parseTtml(text);
  return parseTimedText(text, kind);
}

const kinds: Readonly<Record<string, "json3" | "vtt" | "srt" | "ass" | "ttml">> = {
  json3: "json3",
  vtt: "vtt",
  srt: "srt",
  ass: "ass",
  ssa: "ass",
  ttml: "ttml",
  dfxp: "ttml",
};

/** What a file is: by how it begins, since sites give wrong names; else by its name. */
function kindOf(text: string, format: string) {
  const head = text.slice(0, 1_000).trimStart();
  if (head.startsWith("WEBVTT")) return "vtt";
  if (/^\[Script Info\]/i.test(head)) return "ass";
  if (/<(?:[a-z]{1,10}:)?tt[\s>]/.test(head)) return "ttml";
  // A text that begins with a number and times is no WebVTT, which ends a cue at each blank line.
  if (/^(?:\d+\s+)?\d+:\d+:\d+[.,]?\d*\s*-->/.test(head)) return "srt";
  const kind = kinds[format];
  if (kind === undefined) throw new Error(`captions of the format ${format} cannot be read`);
  return kind;
}

function count(text: string, part: string): number {
  let found = 0;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length)) found += 1;
  return found;
}
