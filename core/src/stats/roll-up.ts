import { type EndedJob, runMsOf } from "./ended-job.ts";
import { addHistograms, bucketOf, type Histogram } from "./histogram.ts";
import { type Grain, grains, startOf } from "./periods.ts";

/** What ends are counted by. */
export type Dimension = "total" | "state" | "code" | "host";

/** Which ends a row counts: those of one owner or of everybody, in one period, with one value of one dimension. */
export interface StatKey {
  readonly grain: Grain;
  readonly dimension: Dimension;
  /** Of one owner; null: of everybody. */
  readonly owner: string | null;
  readonly start: Date;
  /** Empty for `total`. */
  readonly value: string;
}

/** How many ends there were, and what they amount to. */
export interface Figures {
  readonly count: number;
  readonly bytes: number;
  /** How many of them ever ran. */
  readonly timed: number;
  /** How long those ran together, in milliseconds. */
  readonly runMs: number;
  readonly histogram: Histogram;
}

/** A row of the statistics. */
export type StatRow = StatKey & Figures;

export const noFigures: Figures = { count: 0, bytes: 0, timed: 0, runMs: 0, histogram: {} };

export function addFigures(one: Figures, other: Figures): Figures {
  return {
    count: one.count + other.count,
    bytes: one.bytes + other.bytes,
    timed: one.timed + other.timed,
    runMs: one.runMs + other.runMs,
    histogram: addHistograms(one.histogram, other.histogram),
  };
}

/** A text that is the same for the same key. */
export const textOfKey = ({ grain, dimension, owner, start, value }: StatKey): string =>
  JSON.stringify([grain, dimension, owner, start.getTime(), value]);

/** The rows that ends add to, with what they add. */
export function rollUp(ends: readonly EndedJob[]): readonly StatRow[] {
  const rows = new Map<string, StatRow>();
  for (const end of ends) {
    const figures = figuresOf(end);
    for (const key of keysOf(end)) {
      const text = textOfKey(key);
      rows.set(text, { ...key, ...addFigures(rows.get(text) ?? noFigures, figures) });
    }
  }
  return [...rows.values()];
}

function figuresOf(end: EndedJob): Figures {
  const runMs = runMsOf(end);
  const once = { count: 1, bytes: end.bytes };
  if (runMs === null) return { ...noFigures, ...once };
  return { ...once, timed: 1, runMs, histogram: { [bucketOf(runMs)]: 1 } };
}

function keysOf({ owner, state, code, host, endedAt }: EndedJob): readonly StatKey[] {
  const values: readonly (readonly [Dimension, string])[] = [
    ["total", ""],
    ["state", state],
    ["host", host],
    ...(code === null ? [] : ([["code", code]] as const)),
  ];
  return grains.flatMap((grain) => {
    const start = startOf(grain, endedAt);
    return [owner, null].flatMap((whose) =>
      values.map(([dimension, value]) => ({ grain, dimension, owner: whose, start, value })),
    );
  });
}
