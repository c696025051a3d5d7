/** Lengths of time that figures are kept for. */
export type Grain = "hour" | "day" | "month";
export const grains: readonly Grain[] = ["hour", "day", "month"];

/** Whole periods of one length, from the start of the first to the start of the one after the last. */
export interface Span {
  readonly grain: Grain;
  readonly from: Date;
  readonly to: Date;
}

/** The start of the period, in UTC, that a time lies in. */
export function startOf(grain: Grain, at: Date): Date {
  const [year, month, day] = [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()];
  switch (grain) {
    case "hour":
      return new Date(Date.UTC(year, month, day, at.getUTCHours()));
    case "day":
      return new Date(Date.UTC(year, month, day));
    case "month":
      return new Date(Date.UTC(year, month));
  }
}

/** The start of the first period that begins at this time or later. */
export function nextStart(grain: Grain, at: Date): Date {
  const start = startOf(grain, at);
  if (start.getTime() === at.getTime()) return start;
  if (grain === "month") return new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1));
  return new Date(start.getTime() + (grain === "day" ? 86_400_000 : 3_600_000));
}

/** Covers the time between two whole hours by as few periods as possible, none of them longer than `longest`. */
export function cover(from: Date, to: Date, longest: Grain): readonly Span[] {
  if (from >= to) return [];
  if (longest === "hour") return [{ grain: "hour", from, to }];
  const shorter = longest === "month" ? "day" : "hour";
  const [first, last] = [nextStart(longest, from), startOf(longest, to)];
  if (first >= last) return cover(from, to, shorter);
  return [...cover(from, first, shorter), { grain: longest, from: first, to: last }, ...cover(last, to, shorter)];
}
