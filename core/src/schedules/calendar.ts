import type { ScheduleRule } from "./schedule.ts";

/** A pattern and the time zone whose clocks it is read by. */
export type CronRule = Pick<ScheduleRule, "timeZone"> & { readonly cron: string };

/** Knows when a pattern is due. */
export interface Calendar {
  /**
   * The first times after one, in order; fewer when there are no more. An hour that is skipped by a change of the clocks is
   * made up for at its end, and of an hour that comes twice the first one counts for a pattern with a fixed hour.
   * Throws an `Error` that says what is wrong with the pattern.
   */
  next(rule: CronRule, after: Date, count: number): readonly Date[];
}
