import { z } from "zod";
import type { Cue } from "../../../../subtitles/cue.ts";

const Json3 = z.object({
  events: z.array(
    z.object({
      tStartMs: z.number().default(0),
      dDurationMs: z.number().default(0),
      /** 1 for events that only append a line break to automatic captions. */
      aAppend: z.number().optional(),
      segs: z.array(z.object({ utf8: z.string().default("") })).optional(),
    }),
  ),
});

/**
 * Parses YouTube's own caption format. It has each word of automatic captions once (their VTT repeats every line two or three
 * times); a cue ends where the next one begins. Throws when the text is of another format.
 */
export function parseJson3(text: string): Cue[] {
  const { events } = Json3.parse(JSON.parse(text));
  const spoken = events
    .filter((event) => event.segs && event.aAppend !== 1)
    .map((event) => ({ ...event, text: (event.segs ?? []).map(({ utf8 }) => utf8).join("") }))
    .filter((event) => event.text.trim() !== "")
    .sort((one, other) => one.tStartMs - other.tStartMs);
  return spoken.map((event, index) => {
    const end = event.tStartMs + event.dDurationMs;
    const next = spoken[index + 1]?.tStartMs ?? end;
    return {
      startSeconds: event.tStartMs / 1000,
      // Cues that start at the same time are shown together.
      endSeconds: (next > event.tStartMs ? Math.min(end, next) : end) / 1000,
      text: event.text
        .split("\n")
        .map((line) => line.replace(/\s+/g, " ").trim())
        .filter((line) => line !== "")
        .join("\n"),
    };
  });
}
