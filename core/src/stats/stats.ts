import type { Figures } from "./roll-up.ts";

/** What statistics can be asked by. */
export const statsBy = ["day", "hour", "state", "code", "host", "owner"] as const;
export type StatsBy = (typeof statsBy)[number];

export interface StatsQuery {
  /** null: of every owner; `by: "owner"` is always about all of them. */
  readonly owner: string | null;
  readonly by: StatsBy;
  /** Whole hours, in UTC: from the start of the first to the end of the last. */
  readonly from: Date;
  readonly to: Date;
}

/** Figures of one day, state, host … */
export interface StatsGroup extends Figures {
  /** For days and hours their start, in ISO 8601. */
  readonly key: string;
}

export interface StatsAnswer {
  readonly total: Figures;
  /** Days and hours in their order; the rest by count, the largest first, {@link mostGroups} at most. */
  readonly groups: readonly StatsGroup[];
}

/** Groups of an answer at most; the others together are the difference to the total. */
export const mostGroups = 100;

/**
 * How many jobs ended, and how. Sums over the history that are kept for each hour, day and month, so that a question reads few
 * rows however many jobs there were; the deletion of a job changes none of them. An end is in them a few seconds after it.
 */
export interface Stats {
  /** Adds ends to the statistics that are not in them yet, at most so many; returns their number. Each is added once. */
  countEnded(limit: number): Promise<number>;
  read(query: StatsQuery): Promise<StatsAnswer>;
}
