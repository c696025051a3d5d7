import type { Actor } from "../audit/audit.ts";
import type { ServiceDeps } from "../dependencies.ts";
import { AppError } from "../errors/app-error.ts";
import { type Once, type Written, writeOnce } from "../idempotency/once.ts";
import type { Job } from "../jobs/job.ts";
import type { JobId, ScheduleId } from "../runtime/ids.ts";
import { fileTokenOf, isToken, newFeedToken } from "./feed-token.ts";
import { foundSchedule, tellScheduleAudit } from "./found-schedule.ts";
import type { Schedule } from "./schedule.ts";

/** Downloads that a feed shows, the newest. */
const mostJobs = 100;

/** A schedule whose feed was opened, and the token that it is read with. */
export interface OpenedFeed {
  readonly schedule: Schedule;
  /** Shown once. */
  readonly token: string;
}

/** What a feed shows. */
export interface Feed {
  readonly schedule: Schedule;
  /** Those that succeeded, newest first. */
  readonly jobs: readonly Job[];
  /** Opens their files. */
  readonly fileToken: string;
}

/** Gives the feed of a schedule a token; one that it had before, and the links of its files, open nothing any more. Throws `not_found`. */
export async function openFeed(
  deps: Pick<ServiceDeps, "database" | "ids" | "clock">,
  id: ScheduleId,
  owner: string,
  by: Actor,
  once: Once<OpenedFeed> | null,
): Promise<Written<OpenedFeed>> {
  const { token, access } = await newFeedToken(deps.clock.now());
  return await writeOnce(deps, once, async (tx) => {
    foundSchedule(await tx.schedules.lock(id, owner), id);
    const schedule = foundSchedule(await tx.schedules.update(id, { feed: access }), id);
    await tellScheduleAudit(tx, "schedule.feed_opened", schedule, by);
    return { schedule, token };
  });
}

/** Nobody reads the feed any more. Throws `not_found`. */
export async function closeFeed(
  { database }: Pick<ServiceDeps, "database">,
  id: ScheduleId,
  owner: string,
  by: Actor,
): Promise<void> {
  await database.transaction(async (tx) => {
    const { schedule } = foundSchedule(await tx.schedules.lock(id, owner), id);
    if (schedule.feed === null) return;
    await tx.schedules.update(id, { feed: null });
    await tellScheduleAudit(tx, "schedule.feed_closed", schedule, by);
  });
}

/** What the feed shows to whoever has its token. Throws `unauthorized`. */
export async function readFeed(
  { database }: Pick<ServiceDeps, "database">,
  id: ScheduleId,
  token: string,
): Promise<Feed> {
  const schedule = await database.schedules.get(id, null);
  if (schedule?.feed == null || !(await isToken(token, schedule.feed.tokenHash))) throw closed();
  const jobs = await database.jobs.list({
    ...{ owner: schedule.owner, scheduleId: id, states: ["succeeded"], limit: mostJobs },
  });
  return { schedule, jobs, fileToken: await fileTokenOf(token) };
}

/** Whose a download of the feed is, for whoever has the link of one of its files. Throws `unauthorized`. */
export async function ownerOfFeedFile(
  { database }: Pick<ServiceDeps, "database">,
  id: ScheduleId,
  jobId: JobId,
  fileToken: string,
): Promise<string> {
  const schedule = await database.schedules.get(id, null);
  if (schedule?.feed == null || !(await isToken(fileToken, schedule.feed.fileHash))) throw closed();
  const job = await database.jobs.get(jobId, schedule.owner);
  if (job?.scheduleId !== id) throw closed();
  return schedule.owner;
}

const closed = (): AppError =>
  new AppError("unauthorized", "The link of this feed is not valid, or has been replaced.");
