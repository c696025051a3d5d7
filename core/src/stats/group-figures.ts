import type { EndState } from "./ended-job.ts";
import { type Grain, nextStart, startOf } from "./periods.ts";
import { addFigures, type Dimension, type Figures, noFigures, type StatKey } from "./roll-up.ts";
import { mostGroups, type StatsBy, type StatsGroup, type StatsQuery } from "./stats.ts";

/** The dimension whose rows answer a question. */
export function dimensionOf(by: StatsBy): Dimension {
  return by === "state" || by === "code" || by === "host" ? by : "total";
}

/** The longest periods that can answer it. */
export function longestGrain(by: StatsBy): Grain {
  return by === "hour" || by === "day" ? by : "month";
}

/** What a row counts for, in an answer by this. */
export function groupKeyOf(by: StatsBy, { start, owner, value }: Pick<StatKey, "start" | "owner" | "value">): string {
  switch (by) {
    case "hour":
    case "day":
      return startOf(by, start).toISOString();
    case "owner":
      return owner ?? "";
    default:
      return value;
  }
}

const endStates: readonly EndState[] = ["succeeded", "failed", "canceled"];

/** Groups in the order of an answer: hours, days and states are all there, those without an end as well. */
export function orderGroups(query: StatsQuery, figures: ReadonlyMap<string, Figures>): readonly StatsGroup[] {
  const { by } = query;
  if (by === "hour" || by === "day") return toGroups(startsOf(by, query), figures);
  if (by === "state") return toGroups(endStates, figures);
  return [...figures]
    .map(([key, sum]) => ({ key, ...sum }))
    .sort((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1))
    .slice(0, mostGroups);
}

/** Adds up what counts for the same key. */
export function sumByKey(parts: Iterable<readonly [key: string, figures: Figures]>): ReadonlyMap<string, Figures> {
  const sums = new Map<string, Figures>();
  for (const [key, figures] of parts) sums.set(key, addFigures(sums.get(key) ?? noFigures, figures));
  return sums;
}

const toGroups = (keys: readonly string[], figures: ReadonlyMap<string, Figures>): readonly StatsGroup[] =>
  keys.map((key) => ({ key, ...(figures.get(key) ?? noFigures) }));

function startsOf(grain: "hour" | "day", { from, to }: StatsQuery): readonly string[] {
  const starts: string[] = [];
  for (let start = startOf(grain, from); start < to; start = nextStart(grain, new Date(start.getTime() + 1))) {
    starts.push(start.toISOString());
  }
  return starts;
}
