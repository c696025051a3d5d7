import type { Cue } from "./cue.ts";
import { timedLines } from "./timing.ts";

/** Cues as WebVTT; the text is escaped, so nothing in it can become markup or timing. */
export function toVtt(cues: readonly Cue[]): string {
  const blocks = timedLines(cues, ".").map(
    ({ start, end, lines }) => `${start} --> ${end}\n${lines.map(escapeLine).join("\n")}\n`,
  );
  return ["WEBVTT\n", ...blocks].join("\n");
}

function escapeLine(line: string): string {
  return line.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
