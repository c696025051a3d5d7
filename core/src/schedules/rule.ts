import { AppError } from "../errors/app-error.ts";
import type { Calendar } from "./calendar.ts";
import type { ScheduleRule } from "./schedule.ts";

/** How soon after another a schedule may run. */
export interface ScheduleLimits {
  /** Least time between two runs, in milliseconds. */
  readonly shortestPauseMs: number;
  /** Schedules of an owner. */
  readonly mostOfOwner: number;
}

export const defaultScheduleLimits: ScheduleLimits = { shortestPauseMs: 60_000, mostOfOwner: 100_000 };

/**
 * Times of a pattern that are looked at for the shortest pause. Its fields say the same for every hour and every day, so that
 * the two closest times are among those of the first two days.
 */
const lookedAt = 50;

/** How many of its next times a schedule shows. */
export const upcomingShown = 5;

/** The next times of a rule, in order; fewer than asked for when there are no more. */
export function nextTimes(calendar: Calendar, rule: ScheduleRule, after: Date, count: number): readonly Date[] {
  const { runAt, cron, timeZone } = rule;
  if (cron !== null) return calendar.next({ cron, timeZone }, after, count);
  return runAt !== null && runAt > after ? [runAt] : [];
}

/** The next time of a rule; null when there is none. */
export function nextTime(calendar: Calendar, rule: ScheduleRule, after: Date): Date | null {
  return nextTimes(calendar, rule, after, 1)[0] ?? null;
}

/** The first time of a rule that a client wrote. Throws `invalid_request` for one that cannot be kept. */
export function firstTime(
  calendar: Calendar,
  rule: ScheduleRule,
  now: Date,
  { shortestPauseMs }: Pick<ScheduleLimits, "shortestPauseMs">,
): Date {
  if (!isTimeZone(rule.timeZone)) {
    throw refused("timeZone", "is no time zone of the IANA database, such as `Europe/Berlin` or `UTC`");
  }
  if (rule.cron === null) {
    const time = nextTime(calendar, rule, now);
    if (time === null) throw refused("runAt", "is in the past; name a time to come");
    return time;
  }
  const times = timesOf(calendar, { ...rule, cron: rule.cron }, now);
  const [first] = times;
  if (first === undefined) throw refused("cron", "never comes: there is no such day");
  const pauseMs = shortestPause(times);
  if (pauseMs < shortestPauseMs) {
    throw refused(
      "cron",
      `runs every ${pauseMs / 1000} s; there must be ${shortestPauseMs / 1000} s between two runs here (SCHEDULE_MIN_SECONDS)`,
    );
  }
  return first;
}

function timesOf(calendar: Calendar, rule: ScheduleRule & { readonly cron: string }, now: Date): readonly Date[] {
  const fields = rule.cron.trim().split(/\s+/).length;
  try {
    if (!rule.cron.startsWith("@") && fields !== 5 && fields !== 6) throw new Error(`there are ${fields}`);
    return calendar.next(rule, now, lookedAt);
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^Cron\w+: /, "") : "it is not valid";
    throw refused(
      "cron",
      `is no pattern of five fields (minute, hour, day of the month, month, day of the week): ${reason}`,
    );
  }
}

const shortestPause = (times: readonly Date[]): number =>
  times.reduce(
    (least, time, index) => Math.min(least, time.getTime() - (times[index - 1] ?? new Date(0)).getTime()),
    Number.POSITIVE_INFINITY,
  );

/** Offsets such as `+01:00` are none: their clocks do not change as people's do. */
function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function refused(field: "runAt" | "cron" | "timeZone", message: string): AppError {
  return new AppError("invalid_request", `\`${field}\` ${message}.`, { fields: [{ path: `/${field}`, message }] });
}
