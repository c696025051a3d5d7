import type { Cue, Word } from "./cue.ts";
import { cleanLines } from "./plain-text.ts";

/** What a transcript as JSON says of itself. */
export interface AboutTrack {
  readonly language: string;
  readonly automatic: boolean;
}

/**
 * Cues as JSON, in pieces: `{language, automatic, segments: [{startSeconds, endSeconds, text, words?}]}`, a segment a line. Times are
 * seconds, to a thousandth. `words` are there where the source times them.
 */
export function* toJson(cues: readonly Cue[], { language, automatic }: AboutTrack): Generator<string> {
  const about = JSON.stringify({ language, automatic });
  yield `${about.slice(0, -1)},"segments":[`;
  let separator = "\n";
  for (const cue of [...cues].sort((one, other) => one.startSeconds - other.startSeconds)) {
    const text = cleanLines(cue.text).join("\n");
    if (text === "") continue;
    yield separator + JSON.stringify({ ...timed(cue, text), words: cue.words?.map((word) => timed(word, word.text)) });
    separator = ",\n";
  }
  yield "\n]}\n";
}

function timed({ startSeconds, endSeconds }: Omit<Word, "text">, text: string): Word {
  const start = rounded(startSeconds);
  return { startSeconds: start, endSeconds: Math.max(start, rounded(endSeconds)), text };
}

const rounded = (seconds: number) => Math.max(0, Math.round(seconds * 1000)) / 1000;
