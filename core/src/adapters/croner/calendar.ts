import { Cron } from "croner";
import type { Calendar } from "../../schedules/calendar.ts";

/** Reads patterns with croner: five fields, six with seconds, or a nickname such as `@daily`. */
export function cronerCalendar(): Calendar {
  return {
    next: ({ cron, timeZone }, after, count) =>
      // Paused: it only computes. The clocks of the host do not matter, since the time is given.
      new Cron(cron, { timezone: timeZone, paused: true, mode: "5-or-6-parts" }).nextRuns(count, after),
  };
}
