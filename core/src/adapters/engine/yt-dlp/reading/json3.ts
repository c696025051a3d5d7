import { z } from "zod";
import type { Cue } from "../../../../subtitles/cue.ts";
import { cleanLines } from "../../../../subtitles/plain-text.ts";
import { wordsUntil } from "../../../../subtitles/words.ts";

const Json3 = z.object({
  events: z.array(
    z.object({
      tStartMs: z.number().default(0),
      dDurationMs: z.number().default(0),
      /** 1 for events that only append a line break to automatic captions. */
      aAppend: z.number().optional(),
      segs: z
        .array(
          z.object({
            utf8: z.string().default(""),
            /** When a word of automatic captions is spoken, after the event begins. */
            tOffsetMs: z.number().optional(),
          }),
        )
        .optional(),
    }),
  ),
});

/**
 * Parses YouTube's own caption format. It has each word of automatic captions once (their VTT repeats every line two or three
 * times), and these roll: a cue ends where the next one begins. Written cues may overlap. Throws when the text is of another
 * format.
 */
export function parseJson3(text: string, rolls: boolean): Cue[] {
  const { events } = Json3.parse(JSON.parse(text));
  const spoken = events
    .filter((event) => event.segs && event.aAppend !== 1)
    .map(({ segs = [], ...event }) => ({
      ...event,
      segs,
      text: cleanLines(segs.map(({ utf8 }) => utf8).join("")).join("\n"),
    }))
    .filter((event) => event.text !== "")
    .sort((one, other) => one.tStartMs - other.tStartMs);
  let next = Number.POSITIVE_INFINITY;
  let following = Number.POSITIVE_INFINITY;
  return spoken
    .reverse()
    .map((event): Cue => {
      if (event.tStartMs < following) [next, following] = [following, event.tStartMs];
      const end = event.tStartMs + event.dDurationMs;
      const cue = {
        startSeconds: event.tStartMs / 1000,
        // Cues that start at the same time are shown together.
        endSeconds: (rolls ? Math.min(end, next) : end) / 1000,
        text: event.text,
      };
      if (!event.segs.some(({ tOffsetMs }) => tOffsetMs !== undefined)) return cue;
      const starts = event.segs.map(({ utf8, tOffsetMs = 0 }) => {
        return { startSeconds: (event.tStartMs + tOffsetMs) / 1000, text: cleanLines(utf8).join(" ") };
      });
      return { ...cue, words: wordsUntil(starts, cue.endSeconds) };
    })
    .reverse();
}
