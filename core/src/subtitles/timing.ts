import type { Cue } from "./cue.ts";
import { cleanLines } from "./plain-text.ts";

/** A cue as it is written: in order, with an end after its start and at least one line. */
export interface TimedLines {
  readonly start: string;
  readonly end: string;
  readonly lines: readonly string[];
}

/** Cues in the order and form that subtitle files need; empty ones are dropped. `separator` precedes the milliseconds. */
export function* timedLines(cues: readonly Cue[], separator: "," | "."): Generator<TimedLines> {
  const timed = cues.filter(({ startSeconds }) => Number.isFinite(startSeconds));
  for (const cue of timed.sort((one, other) => one.startSeconds - other.startSeconds)) {
    const lines = cleanLines(cue.text);
    if (lines.length === 0) continue;
    const start = Math.max(0, Math.round(cue.startSeconds * 1000));
    // Players ignore a cue that ends where it starts.
    const end = Math.max(start + 1, Math.round(cue.endSeconds * 1000) || 0);
    yield { start: timestamp(start, separator), end: timestamp(end, separator), lines };
  }
}

function timestamp(milliseconds: number, separator: string): string {
  const seconds = Math.floor(milliseconds / 1000);
  const two = (value: number) => String(value).padStart(2, "0");
  const clock = [two(Math.floor(seconds / 3600)), two(Math.floor(seconds / 60) % 60), two(seconds % 60)].join(":");
  return `${clock}${separator}${String(milliseconds % 1000).padStart(3, "0")}`;
}
