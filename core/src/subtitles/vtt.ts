import type { Cue } from "./cue.ts";
import { timedLines } from "./timing.ts";

/** Cues as WebVTT, in pieces; the text is escaped, so nothing in it can become markup or timing. */
export function* toVtt(cues: readonly Cue[]): Generator<string> {
  yield "WEBVTT\n";
  for (const { start, end, lines } of timedLines(cues, ".")) {
    yield `\n${start} --> ${end}\n${lines.map(escapeLine).join("\n")}\n`;
  }
}

function escapeLine(line: string): string {
  return line.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
