import { z } from "zod";
import { BatchRequest } from "../batches/batch-request.ts";
import { JobError } from "../jobs/job.ts";
import { DownloadRequest } from "../jobs/request.ts";
import type { Calendar } from "./calendar.ts";
import { nextTimes, upcomingShown } from "./rule.ts";
import { type Schedule, ScheduleState } from "./schedule.ts";

const time = z.iso.datetime();

/** A schedule as clients see it. */
export const ScheduleResource = z
  .object({
    id: z.string(),
    name: z.string(),
    state: ScheduleState.describe("`finished`: it has no time left to run at."),
    runAt: time.nullable(),
    cron: z.string().nullable(),
    timeZone: z.string(),
    // Unions: what a request must not be, and the alternatives of a batch, would hold for null as well.
    download: z.union([DownloadRequest, z.null()]).describe("What each run downloads; null: it makes a batch."),
    batch: z.union([BatchRequest, z.null()]).describe("The batch that each run makes; null: it makes a download."),
    onlyNew: z.boolean().describe("Its batches take of their list only what the schedule has not taken before."),
    nextRunAt: time.nullable().describe("Null unless it is active."),
    lastRunAt: time.nullable(),
    lastResult: z
      .object({
        jobId: z.string().nullable().describe("The download that it made."),
        batchId: z.string().nullable().describe("The batch that it made."),
        new: z.int().nullable().describe("How many downloads it made; null while its list is read."),
        error: JobError.nullable().describe("Why nothing was made, or why its list could not be read to the end."),
      })
      .nullable()
      .describe("What the latest run came to."),
    upcoming: z.array(time).describe(`Its next times, up to ${upcomingShown}; none unless it is active.`),
    feed: z
      .object({ createdAt: time })
      .nullable()
      .describe("Since when its feed can be read with the token of today; null: it has none."),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: "Schedule" });
export type ScheduleResource = z.infer<typeof ScheduleResource>;

/** The representation of a schedule for clients. */
export function toScheduleResource(schedule: Schedule, calendar: Calendar): ScheduleResource {
  const { nextRunAt, lastRunAt, lastResult, feed } = schedule;
  return {
    id: schedule.id,
    name: schedule.name,
    state: schedule.state,
    runAt: schedule.runAt?.toISOString() ?? null,
    cron: schedule.cron,
    timeZone: schedule.timeZone,
    download: schedule.download,
    batch: schedule.batch,
    onlyNew: schedule.onlyNew,
    nextRunAt: nextRunAt?.toISOString() ?? null,
    lastRunAt: lastRunAt?.toISOString() ?? null,
    lastResult: lastResult && { ...lastResult },
    upcoming: upcoming(schedule, calendar).map((at) => at.toISOString()),
    feed: feed && { createdAt: feed.createdAt.toISOString() },
    createdAt: schedule.createdAt.toISOString(),
    updatedAt: schedule.updatedAt.toISOString(),
  };
}

/** The next time is the one that is kept, whatever the rule would say by now: it may be due already. */
function upcoming(schedule: Schedule, calendar: Calendar): readonly Date[] {
  const { nextRunAt } = schedule;
  if (nextRunAt === null) return [];
  if (schedule.cron === null) return [nextRunAt];
  try {
    return [nextRunAt, ...nextTimes(calendar, schedule, nextRunAt, upcomingShown - 1)];
  } catch {
    // A zone that the time-zone data no longer has: its next run pauses it.
    return [nextRunAt];
  }
}
