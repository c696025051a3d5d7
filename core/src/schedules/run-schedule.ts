import type { Actor } from "../audit/audit.ts";
import { announceBatch } from "../batches/announce-batch.ts";
import type { Batch } from "../batches/batch.ts";
import { type PreparedBatch, prepareBatch } from "../batches/create-batch.ts";
import type { Repositories } from "../database/database.ts";
import type { ServiceDeps } from "../dependencies.ts";
import { type AppError, isAppError, toAppError } from "../errors/app-error.ts";
import { type Once, type Written, writeOnce } from "../idempotency/once.ts";
import type { Job } from "../jobs/job.ts";
import { announceNewJob, prepareJob, type SubmitPolicy } from "../jobs/submit-job.ts";
import type { ScheduleId } from "../runtime/ids.ts";
import { noSchedule, tellScheduleAudit } from "./found-schedule.ts";
import { nextTime } from "./rule.ts";
import type { Schedule, ScheduleResult } from "./schedule.ts";
import { scheduleFailedDeliveries } from "./schedule-failed.ts";
import type { LockedSchedule, ScheduleChanges } from "./schedules.ts";

/** What a run made. */
type Made = { readonly kind: "job"; readonly job: Job } | { readonly kind: "batch"; readonly batch: Batch };

/** A run that was written. */
interface Run {
  readonly schedule: Schedule;
  /** What it made; null when it was refused. */
  readonly made: Made | null;
  /** What refused it. */
  readonly refusal: AppError | null;
  /** When it was due, and when it ran. */
  readonly dueAt: Date;
  readonly now: Date;
}

/**
 * Runs a schedule that is due, once, and moves its next time: in one transaction, so that a process that dies leaves both or
 * neither, and of several processes one does it. What refuses the run becomes its result, and webhooks are told; the next run
 * comes all the same. False: it is not due, or no longer.
 *
 * Times that were missed are made up for by this one run: the next time is one to come.
 */
export async function runDueSchedule(deps: ServiceDeps, policy: SubmitPolicy, id: ScheduleId): Promise<boolean> {
  const write = (refusal: AppError | null) =>
    deps.database.transaction((tx) => writeDueRun(deps, policy, tx, id, refusal));
  let run: Run | null;
  try {
    run = await write(null);
  } catch (error) {
    const refusal = toAppError(error);
    // The database does not answer: the schedule stays due.
    if (refusal.code === "unavailable" && !refusal.permanent) throw error;
    run = await write(refusal);
  }
  if (run === null) return false;
  deps.telemetry.happened("schedule-ran", {
    scheduleId: id,
    outcome: run.made === null ? "refused" : "made",
    refusal: run.refusal && { code: run.refusal.code, detail: run.refusal.message },
    lateSeconds: Math.max(0, run.now.getTime() - run.dueAt.getTime()) / 1000,
  });
  if (run.made !== null) announce(deps, run.made);
  return true;
}

async function writeDueRun(
  deps: ServiceDeps,
  policy: SubmitPolicy,
  tx: Repositories,
  id: ScheduleId,
  refused: AppError | null,
): Promise<Run | null> {
  const locked = await tx.schedules.lock(id, null);
  const dueAt = locked?.schedule.nextRunAt ?? null;
  if (locked === null || dueAt === null || dueAt > locked.now) return null;
  const made = refused ?? (await make(deps, policy, tx, locked.schedule));
  const result = isAppError(made) ? { ...nothingMade, error: errorOf(made) } : resultOf(made);
  const changes = { ...moved(deps, locked), lastRunAt: locked.now, lastDueAt: dueAt, lastResult: result };
  const schedule = (await tx.schedules.update(id, changes)) ?? locked.schedule;
  if (!isAppError(made)) return { schedule, made, refusal: null, dueAt, now: locked.now };
  await tx.deliveries.insert(await scheduleFailedDeliveries(deps, tx, schedule, locked.now));
  return { schedule, made: null, refusal: made, dueAt, now: locked.now };
}

/**
 * Runs a schedule now, whatever its state, beside the times of its rule. Throws `not_found`, and whatever refuses a download.
 */
export async function runScheduleNow(
  deps: ServiceDeps,
  policy: SubmitPolicy,
  command: { readonly id: ScheduleId; readonly owner: string; readonly by: Actor; readonly requestId: string | null },
  once: Once<Schedule> | null,
): Promise<Written<Schedule>> {
  const { id, owner, by, requestId } = command;
  let made: Made | null = null;
  const written = await writeOnce(deps, once, async (tx) => {
    const locked = await tx.schedules.lock(id, owner);
    if (locked === null) throw noSchedule(id);
    const outcome = await make(deps, policy, tx, locked.schedule, requestId);
    if (isAppError(outcome)) throw outcome;
    made = outcome;
    const schedule = await tx.schedules.update(id, { lastRunAt: locked.now, lastResult: resultOf(outcome) });
    if (schedule === null) throw noSchedule(id);
    await tellScheduleAudit(tx, "schedule.run", schedule, by, idOf(outcome));
    return schedule;
  });
  if (written.kind === "written" && made !== null) announce(deps, made);
  return written;
}

function announce(deps: ServiceDeps, made: Made): void {
  void (made.kind === "job" ? announceNewJob(deps, made.job) : announceBatch(deps, made.batch));
}

/** Makes the job or the batch of a run; an error that says why it cannot be. Throws what undoes the transaction. */
async function make(
  deps: ServiceDeps,
  policy: SubmitPolicy,
  tx: Repositories,
  { id, owner, download, batch, onlyNew }: Schedule,
  requestId: string | null = null,
): Promise<Made | AppError> {
  if (batch !== null) {
    let prepared: PreparedBatch;
    try {
      prepared = prepareBatch(deps, policy, { owner, request: batch, requestId }, { scheduleId: id, onlyNew });
    } catch (error) {
      return toAppError(error);
    }
    return { kind: "batch", batch: await prepared.write(tx) };
  }
  if (download === null) throw new TypeError(`the schedule ${id} makes nothing`);
  let job: ReturnType<typeof prepareJob>;
  try {
    job = prepareJob(deps, policy, { owner, request: download, requestId, scheduleId: id });
  } catch (error) {
    return toAppError(error);
  }
  const outcome = await tx.jobs.create({ ...job, idempotency: null });
  if (outcome.kind === "conflict") throw new TypeError("a job without an idempotency key met another one");
  return { kind: "job", job: outcome.job };
}

/** The state and next time after a run. A pattern that can no longer be read pauses its schedule, for its owner to look at. */
function moved(deps: Pick<ServiceDeps, "calendar">, { schedule, now }: LockedSchedule): ScheduleChanges {
  try {
    const nextRunAt = nextTime(deps.calendar, schedule, now);
    return { nextRunAt, state: nextRunAt === null ? "finished" : "active" };
  } catch {
    return { nextRunAt: null, state: "paused" };
  }
}

const nothingMade: ScheduleResult = { jobId: null, batchId: null, new: 0, error: null };

const idOf = (made: Made) => (made.kind === "job" ? { jobId: made.job.id } : { batchId: made.batch.id });

/** How many jobs a batch makes is known when its list was read. */
const resultOf = (made: Made): ScheduleResult => ({
  ...nothingMade,
  ...idOf(made),
  new: made.kind === "job" ? 1 : null,
});

const errorOf = ({ code, message, hint, retryable }: AppError) => ({ code, detail: message, hint, retryable });
