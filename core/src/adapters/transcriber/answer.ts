import { z } from "zod";
import type { Transcript } from "../../pipeline/transcriber.ts";
import type { Cue, Word } from "../../subtitles/cue.ts";
import { heardLanguage } from "./spoken-language.ts";

/** More than anybody says in the few minutes of a piece. */
const [mostSegments, mostWords, longestText] = [5_000, 20_000, 10_000];

const HeardWord = z.object({ word: z.string().max(longestText), start: z.number(), end: z.number() });
type HeardWord = z.infer<typeof HeardWord>;
/** Some servers cannot time every word, such as numbers: then the segment alone says when it is said. */
const words = z.array(HeardWord).max(mostWords).nullish().catch(null);
const HeardSegment = z.object({ start: z.number(), end: z.number(), text: z.string().max(longestText), words });
type HeardSegment = z.infer<typeof HeardSegment>;

/** The answer to `response_format=verbose_json`; servers put the words into their segments or beside them. */
const VerboseJson = z.object({
  language: z.string().max(100).nullish(),
  text: z.string().nullish(),
  segments: z.array(HeardSegment).max(mostSegments).nullish(),
  words,
});

/** Recognisers guess ends that lie a little beyond the sound; times that are so much larger than its length are not in seconds. */
const mostTimesTheSound = 10;

/** What a server has heard in a sound of so many seconds; null: the answer is no transcript with times. */
export function transcriptOf(answer: unknown, seconds: number): Transcript | null {
  const parsed = VerboseJson.safeParse(answer);
  if (!parsed.success) return null;
  const { language, text, segments, words: beside } = parsed.data;
  const heard = segments ?? [];
  // An answer without segments is none; of nothing said there is at least an empty text.
  if (heard.length === 0 && (text == null ? segments == null : text.trim() !== "")) return null;
  if (heard.some(({ end }) => end > seconds * mostTimesTheSound)) return null;
  const besides = wordsBySegment(heard, beside ?? []);
  const cues = heard.flatMap((segment): Cue[] => {
    const said = segment.text.trim();
    const timed = inside(segment, seconds);
    if (said === "" || timed === null) return [];
    const spoken = wholeWords(segment.words ?? besides.get(segment) ?? [], seconds);
    return [{ ...timed, text: said, ...(areInOrder(spoken) && { words: spoken }) }];
  });
  cues.sort((one, other) => one.startSeconds - other.startSeconds);
  return { language: heardLanguage(language), cues };
}

/** The time within the sound; null: it lies outside. */
function inside(
  { start, end }: { readonly start: number; readonly end: number },
  seconds: number,
): { readonly startSeconds: number; readonly endSeconds: number } | null {
  const startSeconds = Math.max(0, start);
  if (startSeconds >= seconds) return null;
  return { startSeconds, endSeconds: Math.min(seconds, Math.max(startSeconds, end)) };
}

/** The words; where the server times pieces of them, a blank begins each word. */
function wholeWords(heard: readonly HeardWord[], seconds: number): Word[] {
  const areSpaced = heard.some(({ word }) => word.startsWith(" "));
  const whole: Word[] = [];
  for (const { word, ...time } of heard) {
    const timed = inside(time, seconds);
    const text = word.trim();
    if (timed === null || text === "") continue;
    const last = whole.at(-1);
    if (last !== undefined && areSpaced && !word.startsWith(" "))
      whole[whole.length - 1] = { ...last, endSeconds: timed.endSeconds, text: last.text + text };
    else whole.push({ ...timed, text });
  }
  return whole;
}

/** Whether there are words, of which each begins no earlier than the one before it: of times that leap none is right. */
const areInOrder = (words: readonly Word[]): boolean =>
  words.length > 0 && words.every(({ startSeconds }, index) => startSeconds >= (words[index - 1]?.startSeconds ?? 0));

/** Words that stand beside the segments, by the segment that holds the middle of each, or comes nearest to it. */
function wordsBySegment(
  segments: readonly HeardSegment[],
  words: readonly HeardWord[],
): ReadonlyMap<HeardSegment, readonly HeardWord[]> {
  const sorted = [...segments].sort((one, other) => one.start - other.start);
  const found = new Map<HeardSegment, HeardWord[]>(sorted.map((segment) => [segment, []]));
  for (const word of words) {
    const middle = (word.start + word.end) / 2;
    const next = firstBehind(sorted, middle);
    const [before, behind] = [sorted[next - 1], sorted[next]];
    const isBehind = before === undefined || (behind !== undefined && behind.start - middle < middle - before.end);
    const nearest = isBehind ? behind : before;
    if (nearest !== undefined) found.get(nearest)?.push(word);
  }
  return found;
}

/** The index of the first segment that begins after this time; their number: none does. */
function firstBehind(sorted: readonly HeardSegment[], seconds: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle]?.start ?? 0) <= seconds) low = middle + 1;
    else high = middle;
  }
  return low;
}
