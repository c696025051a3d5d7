import { z } from "zod";
import type { Transcript } from "../../pipeline/transcriber.ts";
import type { Cue, Word } from "../../subtitles/cue.ts";
import { heardLanguage } from "./spoken-language.ts";

/** More than anybody says in the few minutes of a piece. */
const [mostSegments, mostWords, longestText] = [5_000, 20_000, 10_000];

const HeardWord = z.object({ word: z.string().max(longestText), start: z.number(), end: z.number() });
type HeardWord = z.infer<typeof HeardWord>;
const words = z.array(HeardWord).max(mostWords).nullish();

/** The answer to `response_format=verbose_json`; servers put the words into their segments or beside them. */
const VerboseJson = z.object({
  language: z.string().max(100).nullish(),
  text: z.string().nullish(),
  segments: z
    .array(z.object({ start: z.number(), end: z.number(), text: z.string().max(longestText), words }))
    .max(mostSegments)
    .nullish(),
  words,
});

/** What a server has heard in a sound of so many seconds; null: the answer is no transcript with times. */
export function transcriptOf(answer: unknown, seconds: number): Transcript | null {
  const parsed = VerboseJson.safeParse(answer);
  if (!parsed.success) return null;
  const { language, text, segments, words: beside } = parsed.data;
  // An answer that holds neither is none; of nothing said there is at least an empty text.
  if (segments == null && (text == null || text.trim() !== "")) return null;
  const cues = (segments ?? []).flatMap((segment, index, all): Cue[] => {
    const said = segment.text.trim();
    const timed = inside(segment, seconds);
    if (said === "" || timed === null) return [];
    const own = segment.words ?? beside?.filter((word) => nearestSegment(all, word) === index) ?? [];
    const spoken = wholeWords(own, seconds);
    return [{ ...timed, text: said, ...(spoken.length > 0 && { words: spoken }) }];
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

/** The segment that holds the middle of a word, or comes nearest to it. */
function nearestSegment(
  segments: readonly { readonly start: number; readonly end: number }[],
  { start, end }: HeardWord,
): number {
  const middle = (start + end) / 2;
  let [nearest, least] = [-1, Number.POSITIVE_INFINITY];
  for (const [index, segment] of segments.entries()) {
    const away = Math.max(0, segment.start - middle, middle - segment.end);
    if (away < least) [nearest, least] = [index, away];
  }
  return nearest;
}
