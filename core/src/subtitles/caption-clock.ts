import type { Cue } from "./cue.ts";

/** How the times of captions of HLS belong to the clock of their stream (RFC 8216 §3.5). */
export interface CaptionClock {
  /** A time of the cues, in seconds. */
  readonly localSeconds: number;
  /** The same moment on the clock of the stream, in seconds. */
  readonly streamSeconds: number;
}

/** The clock counts 33 bits of 90 kHz, and begins anew then. */
const roundSeconds = 2 ** 33 / 90_000;

/** The media that captions belong to. */
export interface CaptionedMedia {
  /** When it begins on the clock of its stream, in seconds; absent: unknown. */
  readonly clockStartSeconds?: number;
  /** Null: unknown. */
  readonly durationSeconds: number | null;
}

/**
 * Moves cues from a clock of their own to the timeline of their media. A source that is wrong about its clocks is not believed: of
 * what it may have meant the first is taken in which something is said while the media lasts.
 */
export function onMediaTime(
  cues: readonly Cue[],
  clock: CaptionClock | undefined,
  { clockStartSeconds, durationSeconds }: CaptionedMedia,
): readonly Cue[] {
  if (clock === undefined) return cues;
  const { localSeconds, streamSeconds } = clock;
  const late = clockStartSeconds === undefined ? 0 : streamSeconds - clockStartSeconds;
  const rounded = late - Math.round(late / roundSeconds) * roundSeconds;
  const isHeard = (shift: number) =>
    cues.some(
      ({ startSeconds, endSeconds }) =>
        endSeconds + shift > 0 && startSeconds + shift < (durationSeconds ?? Number.POSITIVE_INFINITY),
    );
  const shift = [rounded - localSeconds, -localSeconds].find(isHeard) ?? 0;
  if (shift === 0) return cues;
  const moved = <T extends Omit<Cue, "words">>(item: T): T => ({
    ...item,
    startSeconds: item.startSeconds + shift,
    endSeconds: item.endSeconds + shift,
  });
  return cues
    .filter(({ endSeconds }) => endSeconds + shift > 0)
    .map((cue) => (cue.words === undefined ? moved(cue) : { ...moved(cue), words: cue.words.map(moved) }));
}
