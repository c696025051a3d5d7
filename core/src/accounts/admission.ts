import { AppError } from "../errors/app-error.ts";
import type { Exceeded, LimitName, Limits } from "./limits.ts";
import type { UsagePeriods } from "./usage-periods.ts";

/** What of an owner's usage decides whether new jobs are taken. What has no limit need not be counted: any number will do. */
export interface JobUsage {
  readonly queuedJobs: number;
  readonly jobsPerDay: number;
  readonly bytesPerMonth: number;
  readonly storedBytes: number;
}

/** How many more jobs are taken, and what stands in the way of the one after. */
export interface Admission {
  readonly room: number;
  readonly exceeded: Exceeded | null;
}

/**
 * Decides how many new jobs fit. The size of a result is not known before it is there: once an owner's bytes are used up no
 * more jobs are taken, and those that were taken before run to their end.
 */
export function admissionOf(limits: Limits, usage: JobUsage, { day, month }: UsagePeriods): Admission {
  let tightest: Admission = { room: Number.POSITIVE_INFINITY, exceeded: null };
  const bound = (limit: keyof JobUsage, renewsAt: Date | null, isBytes: boolean): void => {
    const allowed = limits[limit];
    if (allowed === null) return;
    const left = Math.max(0, allowed - usage[limit]);
    const room = isBytes && left > 0 ? Number.POSITIVE_INFINITY : left;
    const isTighter = room < tightest.room;
    // Of two limits that leave the same room, the one that renews later is named: before that, no job is taken anyway.
    const renewsLater = room === tightest.room && isLater(renewsAt, tightest.exceeded?.renewsAt ?? null);
    if (!isTighter && !renewsLater) return;
    // A request for several jobs may use up the limit itself: the jobs beyond it are told a limit that is used up.
    const used = isBytes ? usage[limit] : Math.max(usage[limit], allowed);
    tightest = { room, exceeded: { limit, used, allowed, renewsAt } };
  };
  bound("queuedJobs", null, false);
  bound("storedBytes", null, true);
  bound("jobsPerDay", day.until, false);
  bound("bytesPerMonth", month.until, true);
  return tightest;
}

const isLater = (a: Date | null, b: Date | null): boolean => a !== null && (b === null || a > b);

const inWords: Readonly<Record<LimitName, (used: string, allowed: string) => string>> = {
  runningJobs: (used, allowed) => `${used} jobs run, of ${allowed} that may`,
  queuedJobs: (used, allowed) => `${used} jobs wait, of ${allowed} that may`,
  jobsPerDay: (used, allowed) => `${used} jobs were made today, of ${allowed} that may be`,
  bytesPerMonth: (used, allowed) => `the results of this month have ${used} bytes, of ${allowed}`,
  storedBytes: (used, allowed) => `the results that are kept have ${used} bytes, of ${allowed}`,
  requestsPerMinute: (used, allowed) => `${used} requests came in this minute, of ${allowed} that may`,
  probes: (used, allowed) => `${used} probes run, of ${allowed} that may`,
  streams: (used, allowed) => `${used} streams and transfers are open, of ${allowed} that may be`,
};

const hints: Readonly<Partial<Record<LimitName, string>>> = {
  queuedJobs: "Wait until some have run, or cancel some.",
  storedBytes: "Delete results that are not needed any more.",
  probes: "Wait until one has ended.",
  streams: "Close streams that are not read any more.",
};

/** The error that says which limit it was, how much of it is used, and when there is room again. */
export function quotaExceeded(exceeded: Exceeded): AppError {
  const { limit, used, allowed, renewsAt } = exceeded;
  const hint = hints[limit];
  return new AppError(
    "quota_exceeded",
    `The limit \`${limit}\` is used up: ${inWords[limit](String(used), String(allowed))}.`,
    {
      ...(hint === undefined ? {} : { hint }),
      ...(renewsAt === null ? {} : { retryAt: renewsAt }),
      quota: { limit, used, allowed },
    },
  );
}
