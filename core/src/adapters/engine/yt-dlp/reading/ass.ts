import type { Cue } from "../../../../subtitles/cue.ts";
import { cleanLines } from "../../../../subtitles/plain-text.ts";

const timestamp = /^\s?(\d{1,6}):(\d{1,3}):(\d{1,2})(?:[.,:](\d{1,3}))?\s?$/;

/** Columns where no `Format:` line names them: those of ASS. */
const usualColumns = "layer,start,end,style,name,marginl,marginr,marginv,effect,text".split(",");

/** Parses the dialogue of SubStation Alpha (`ssa`, `ass`); styles, drawings and comments are left out. */
export function parseAss(text: string): Cue[] {
  const cues: Cue[] = [];
  let columns: readonly string[] = usualColumns;
  let isEvents = false;
  for (const line of text.split(/\r\n|\n|\r/)) {
    const section = /^\s?\[([^\]]{1,60})\]/.exec(line)?.[1];
    if (section !== undefined) isEvents = section.trim().toLowerCase() === "events";
    if (!isEvents) continue;
    const [, name, value = ""] = /^(Format|Dialogue):(.*)$/i.exec(line) ?? [];
    if (name === undefined) continue;
    if (name.toLowerCase() === "format") {
      columns = value.split(",", 50).map((column) => column.trim().toLowerCase());
      continue;
    }
    const cue = cueOf(value, columns);
    if (cue !== null) cues.push(cue);
  }
  return cues;
}

function cueOf(value: string, columns: readonly string[]): Cue | null {
  // The text is the last column, and has commas of its own.
  const fields: string[] = [];
  let rest = value;
  while (fields.length < columns.length - 1) {
    const comma = rest.indexOf(",");
    if (comma < 0) return null;
    fields.push(rest.slice(0, comma));
    rest = rest.slice(comma + 1);
  }
  const start = secondsOf(fields[columns.indexOf("start")]);
  const end = secondsOf(fields[columns.indexOf("end")]);
  const text = spokenText(rest);
  return start === null || end === null || text === "" ? null : { startSeconds: start, endSeconds: end, text };
}

function spokenText(raw: string): string {
  const words: string[] = [];
  let isDrawing = false;
  for (const part of raw.split(/(\{[^{}]*\})/)) {
    if (!part.startsWith("{") || !part.endsWith("}")) {
      if (!isDrawing) words.push(part);
      continue;
    }
    const mode = /^.*\\p(\d+)/.exec(part)?.[1];
    if (mode !== undefined) isDrawing = Number(mode) > 0;
  }
  return cleanLines(
    words
      .join("")
      .replace(/\\[Nn]/g, "\n")
      .replaceAll("\\h", " "),
  ).join("\n");
}

function secondsOf(text: string | undefined): number | null {
  const [whole, hours, minutes, seconds, fraction = "0"] = timestamp.exec(text?.slice(0, 40) ?? "") ?? [];
  if (whole === undefined) return null;
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds) + Number(`0.${fraction}`);
}
