import type { Cue, Word } from "./cue.ts";

/** What was heard in a part of a sound; all times are those of the whole. */
export interface HeardPart {
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly cues: readonly Cue[];
}

/** A cue that goes on for so long after what is joined already is not a repetition of it, in seconds. */
const shortestRest = 1;
/** Most words at a seam that are looked at for repetitions. */
const mostRepeated = 30;

/**
 * Joins the cues of parts that overlap, so that what both have heard stands there once. A part hears badly what is cut off at its
 * ends, so the first half of an overlap is taken from the part before it, the second half from the one behind it.
 */
export function joinOverlapping(parts: readonly HeardPart[]): Cue[] {
  const joined: Cue[] = [];
  for (const [index, part] of parts.entries()) {
    const next = parts[index + 1];
    const isJoined = next !== undefined && next.startSeconds < part.endSeconds;
    const until = joined.at(-1)?.endSeconds ?? Number.NEGATIVE_INFINITY;
    for (const cue of part.cues) {
      const rest = behind(cue, until, joined.at(-1));
      const kept = rest !== null && isJoined ? beforeSeam(rest, next.startSeconds, part.endSeconds) : rest;
      if (kept !== null) joined.push(kept);
    }
  }
  return joined;
}

/** What of a cue was not said before `until`; null: nothing. */
function behind(cue: Cue, until: number, last: Cue | undefined): Cue | null {
  if (cue.startSeconds >= until) return cue;
  if (cue.words !== undefined) {
    return ofWords(
      cue,
      cue.words.filter((word) => middle(word) >= until),
    );
  }
  if (cue.endSeconds - until < shortestRest) return null;
  const text = withoutRepetition(last?.text ?? "", cue.text);
  return text === "" ? null : { ...cue, text, startSeconds: until };
}

/** What of a cue is taken from the part before a seam; null: nothing. */
function beforeSeam(cue: Cue, startSeconds: number, endSeconds: number): Cue | null {
  const seam = (startSeconds + endSeconds) / 2;
  if (cue.endSeconds <= seam) return cue;
  if (cue.words !== undefined) {
    return ofWords(
      cue,
      cue.words.filter((word) => middle(word) < seam),
    );
  }
  // What began before the overlap is not whole in the next part.
  return cue.startSeconds < startSeconds || middle(cue) < seam ? cue : null;
}

const middle = ({ startSeconds, endSeconds }: Pick<Word, "startSeconds" | "endSeconds">) =>
  (startSeconds + endSeconds) / 2;

/** The cue with some of its words; as it is where these are all. */
function ofWords(cue: Cue, words: readonly Word[]): Cue | null {
  const [first, last] = [words[0], words.at(-1)];
  if (first === undefined || last === undefined) return null;
  if (words.length === cue.words?.length) return cue;
  // Scripts without blanks between words have none in the text either.
  const separator = /\s/.test(cue.text.trim()) || cue.words?.length === 1 ? " " : "";
  return {
    startSeconds: first.startSeconds,
    endSeconds: last.endSeconds,
    text: words.map(({ text }) => text).join(separator),
    words,
  };
}

/** The text without the words at its beginning with which the text before ends. */
function withoutRepetition(before: string, text: string): string {
  const [said, words] = [before, text].map((one) => one.split(/\s+/).filter((word) => word !== ""));
  if (said === undefined || words === undefined) return text;
  const plain = (word: string) => word.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
  for (let count = Math.min(said.length, words.length, mostRepeated); count > 0; count -= 1) {
    const tail = said.slice(-count).map(plain);
    if (tail.every((word, index) => word === plain(words[index] ?? ""))) return words.slice(count).join(" ");
  }
  return text;
}
