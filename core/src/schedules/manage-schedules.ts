import type { Actor } from "../audit/audit.ts";
import { prepareBatch } from "../batches/create-batch.ts";
import type { Repositories } from "../database/database.ts";
import type { ServiceDeps } from "../dependencies.ts";
import { requireEgress } from "../egress/require-egress.ts";
import { AppError } from "../errors/app-error.ts";
import { type Once, type Written, writeOnce } from "../idempotency/once.ts";
import { requireAcceptable, type SubmitPolicy } from "../jobs/submit-job.ts";
import type { ScheduleId } from "../runtime/ids.ts";
import { foundSchedule, noSchedule, tellScheduleAudit } from "./found-schedule.ts";
import { firstTime, nextTime, type ScheduleLimits } from "./rule.ts";
import type { Schedule, ScheduleRule, ScheduleWork } from "./schedule.ts";
import type { ScheduleEdit, ScheduleInput } from "./schedule-input.ts";
import type { LockedSchedule, ScheduleChanges, ScheduleCursor, ScheduleQuery } from "./schedules.ts";
import { changedWork, type WorkEdit } from "./work.ts";

/** What schedules may be: what downloads may be, and how often they run. */
export interface SchedulePolicy {
  readonly submit: SubmitPolicy;
  readonly schedules: ScheduleLimits;
}

/**
 * Makes a schedule. What would be refused at its first run is refused now, as far as it can be known. Throws
 * `invalid_request`, `quota_exceeded`, and what refuses a download.
 */
export async function createSchedule(
  deps: ServiceDeps,
  policy: SchedulePolicy,
  owner: string,
  input: ScheduleInput,
  by: Actor,
  once: Once<Schedule> | null,
): Promise<Written<Schedule>> {
  const work = acceptable(deps, policy, owner, changedWork(null, input));
  await requireEgressOf(deps, work);
  const id = deps.ids.next("sch");
  return await writeOnce(deps, once, async (tx) => {
    await requireRoom(tx, owner, policy.schedules);
    const { createdAt } = await tx.schedules.insert({ ...input, ...work, id, owner, nextRunAt: null });
    // By the store's clock, as all times of it: that of this machine may be wrong.
    const nextRunAt = firstTime(deps.calendar, input, createdAt, policy.schedules);
    const schedule = foundSchedule(await tx.schedules.update(id, { nextRunAt }), id);
    await tellScheduleAudit(tx, "schedule.created", schedule, by, { cron: input.cron, timeZone: input.timeZone });
    return schedule;
  });
}

/** The owner's schedule. Throws `not_found`. */
export async function getSchedule(
  { database }: Pick<ServiceDeps, "database">,
  id: ScheduleId,
  owner: string,
): Promise<Schedule> {
  return foundSchedule(await database.schedules.get(id, owner), id);
}

/** A page of schedules, newest first; `next` is null on the last one. */
export async function listSchedules(
  { database }: Pick<ServiceDeps, "database">,
  query: ScheduleQuery,
): Promise<{ readonly schedules: readonly Schedule[]; readonly next: ScheduleCursor | null }> {
  // One more than requested shows whether there is a next page.
  const rows = await database.schedules.list({ ...query, limit: query.limit + 1 });
  const schedules = rows.slice(0, query.limit);
  const last = schedules.at(-1);
  return { schedules, next: rows.length > query.limit && last ? { createdAt: last.createdAt, id: last.id } : null };
}

/**
 * Changes a schedule. Another time or pattern begins anew: what was missed by the old one is not made up for, and a schedule
 * that was finished is active again. Throws `not_found`, and what creating it would.
 */
export async function changeSchedule(
  deps: ServiceDeps,
  policy: SchedulePolicy,
  id: ScheduleId,
  owner: string,
  edit: ScheduleEdit,
  by: Actor,
): Promise<Schedule> {
  await requireEgressOf(deps, edit);
  return await deps.database.transaction(async (tx) => {
    const { schedule, now } = foundSchedule(await tx.schedules.lock(id, owner), id);
    const rule = changedRule(schedule, edit);
    const begins = rule === null ? null : firstTime(deps.calendar, rule, now, policy.schedules);
    const isWork = edit.download !== undefined || edit.batch !== undefined || edit.onlyNew !== undefined;
    const work = isWork ? acceptable(deps, policy, owner, changedWork(schedule, edit)) : {};
    const changes: ScheduleChanges = {
      ...(edit.name !== undefined && { name: edit.name }),
      ...work,
      ...rule,
      ...(begins !== null && schedule.state !== "paused" && { state: "active" as const, nextRunAt: begins }),
    };
    const after = foundSchedule(await tx.schedules.update(id, changes), id);
    await tellScheduleAudit(tx, "schedule.changed", after, by, { changed: Object.keys(edit).join(" ") });
    return after;
  });
}

/** The rule after an edit; null when the edit is about something else. */
function changedRule({ runAt, cron, timeZone }: ScheduleRule, edit: Partial<ScheduleRule>): ScheduleRule | null {
  if (edit.runAt === undefined && edit.cron === undefined && edit.timeZone === undefined) return null;
  const zone = edit.timeZone ?? timeZone;
  if (edit.runAt) return { runAt: edit.runAt, cron: null, timeZone: zone };
  if (edit.cron) return { runAt: null, cron: edit.cron, timeZone: zone };
  return { runAt, cron, timeZone: zone };
}

/** Stops an active schedule. Throws `not_found`, `invalid_state`. */
export async function pauseSchedule(
  deps: Pick<ServiceDeps, "database" | "ids" | "clock">,
  id: ScheduleId,
  owner: string,
  by: Actor,
  once: Once<Schedule> | null,
): Promise<Written<Schedule>> {
  return await moved(deps, { id, owner, by, once }, "paused", ({ schedule }) => {
    if (schedule.state !== "active") throw wrongState(schedule, "paused");
    return { state: "paused", nextRunAt: null };
  });
}

/** Lets a paused schedule go on with its next time; what it missed is not made up for. Throws `not_found`, `invalid_state`. */
export async function resumeSchedule(
  deps: Pick<ServiceDeps, "database" | "ids" | "clock" | "calendar">,
  id: ScheduleId,
  owner: string,
  by: Actor,
  once: Once<Schedule> | null,
): Promise<Written<Schedule>> {
  return await moved(deps, { id, owner, by, once }, "active", ({ schedule, now }) => {
    if (schedule.state !== "paused") throw wrongState(schedule, "resumed");
    const nextRunAt = nextTime(deps.calendar, schedule, now);
    if (nextRunAt !== null) return { state: "active", nextRunAt };
    throw new AppError("invalid_state", "Its time has passed while it was paused.", {
      hint: "Give it another one: PATCH with `runAt` or `cron`.",
    });
  });
}

/** Deletes a schedule; the jobs that it made stay. Throws `not_found`. */
export async function removeSchedule(
  { database }: Pick<ServiceDeps, "database">,
  id: ScheduleId,
  owner: string,
  by: Actor,
): Promise<void> {
  await database.transaction(async (tx) => {
    if (!(await tx.schedules.remove(id, owner))) throw noSchedule(id);
    await tellScheduleAudit(tx, "schedule.deleted", { id, owner }, by);
  });
}

interface Move {
  readonly id: ScheduleId;
  readonly owner: string;
  readonly by: Actor;
  readonly once: Once<Schedule> | null;
}

async function moved(
  deps: Pick<ServiceDeps, "database" | "ids" | "clock">,
  { id, owner, by, once }: Move,
  state: Schedule["state"],
  changesOf: (locked: LockedSchedule) => ScheduleChanges,
): Promise<Written<Schedule>> {
  return await writeOnce(deps, once, async (tx) => {
    const changes = changesOf(foundSchedule(await tx.schedules.lock(id, owner), id));
    const after = foundSchedule(await tx.schedules.update(id, changes), id);
    await tellScheduleAudit(tx, "schedule.changed", after, by, { state });
    return after;
  });
}

function wrongState({ state }: Schedule, move: string): AppError {
  return new AppError("invalid_state", `A schedule that is ${state} cannot be ${move}.`, {
    hint: "Read the schedule's `state` first.",
  });
}

function acceptable(deps: ServiceDeps, { submit }: SchedulePolicy, owner: string, work: ScheduleWork): ScheduleWork {
  const { download, batch } = work;
  if (download?.scheduledFor !== undefined) throw ownTime("download");
  if (batch?.request.scheduledFor !== undefined) throw ownTime("batch.request");
  if (batch !== null) prepareBatch(deps, submit, { owner, request: batch, requestId: null });
  return { ...work, download: download && requireAcceptable(deps, submit, download) };
}

/** The egress that is named must be there. */
async function requireEgressOf(
  { database }: Pick<ServiceDeps, "database">,
  { download, batch }: WorkEdit,
): Promise<void> {
  if (download) await requireEgress(database, download, "/download/egress");
  if (batch) await requireEgress(database, batch.request, "/batch/request/egress");
}

function ownTime(part: string): AppError {
  const message = "does not go with a schedule, which says itself when";
  return new AppError("invalid_request", `\`${part}.scheduledFor\` ${message}.`, {
    fields: [{ path: `/${part.replace(".", "/")}/scheduledFor`, message }],
  });
}

/** Not exact when many are made at once: each may see the others not yet. */
async function requireRoom(
  { schedules }: Pick<Repositories, "schedules">,
  owner: string,
  { mostOfOwner }: ScheduleLimits,
): Promise<void> {
  if ((await schedules.count(owner, mostOfOwner)) < mostOfOwner) return;
  throw new AppError("quota_exceeded", `There may be ${mostOfOwner} schedules of an owner.`, {
    hint: "Delete those that are finished, or ask the operator for more (SCHEDULES_PER_OWNER).",
  });
}
