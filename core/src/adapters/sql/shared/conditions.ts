import { type SQL, sql } from "drizzle-orm";
import type { RunMode } from "../../../jobs/dispatch.ts";
import { isTerminal, JobState } from "../../../jobs/states.ts";

/**
 * `state in (…)` with the names written out: planners use a partial index only when they see constants, not parameters.
 * The names come from the state table, never from outside.
 */
export function stateIn(states: readonly JobState[]): SQL {
  const names = states.map((state) => `'${state}'`);
  return sql.raw(names.length === 1 ? `state = ${names[0]}` : `state in (${names.join(", ")})`);
}

/** Jobs with results that can expire. */
export const hasArtifacts: SQL = sql.raw("artifact_count > 0");

/** Jobs whose next attempt may run beside others, and those that run alone. Written out for the same reason. */
export const runsAs = {
  shared: sql.raw("alone = 0"),
  alone: sql.raw("alone = 1"),
} as const satisfies Record<RunMode, SQL>;

/** Queued jobs that may run now. A job whose pause has ended is among them after the task `due-jobs` has cleared `next_attempt_at`. */
export const ready = {
  shared: sql.raw("state = 'queued' and alone = 0 and next_attempt_at is null"),
  alone: sql.raw("state = 'queued' and alone = 1 and next_attempt_at is null"),
} as const satisfies Record<RunMode, SQL>;

/** Running attempts that were claimed and have not begun, and those that have. */
export const hasBegun = {
  no: sql.raw("stage is null"),
  yes: sql.raw("stage is not null"),
} as const;

/** Queued jobs that wait for the time of their next attempt. */
export const pausing: SQL = sql.raw("state = 'queued' and next_attempt_at is not null");
/** Jobs that have ended and were not taken up again. */
export const isFinished: SQL = sql.raw("finished_at is not null");
/** Jobs that failed, or whose last attempt did. */
export const hasError: SQL = sql.raw("error is not null");
/** The code of a job's error, as its index writes it. */
export const errorCode: SQL = sql.raw("(error ->> 'code')");
/** What a pausing job waits for, where that is not what its error says. */
export const waitReason: SQL = sql.raw("(waiting ->> 'reason')");
/** Jobs that failed because they lost too many workers. */
export const isDeadLetter: SQL = sql.raw("state = 'failed' and (error ->> 'code') = 'worker_lost'");
/** Jobs that a repeated request still leads to. */
export const hasIdempotencyKey: SQL = sql.raw("idempotency_key is not null");

/** Jobs that are children of a batch. */
export const hasBatch: SQL = sql.raw("batch_id is not null");
/** Jobs that a schedule made. */
export const hasSchedule: SQL = sql.raw("schedule_id is not null");

/** Jobs that have not ended. */
export const unfinished: SQL = stateIn(JobState.options.filter((state) => !isTerminal(state)));

/** Batches whose jobs are being made, and those whose jobs run. */
export const isExpanding: SQL = sql.raw("state = 'expanding'");
export const isRunning: SQL = sql.raw("state = 'running'");
/** Batches that a schedule made. */
export const madeBySchedule: SQL = sql.raw("schedule_id is not null");

/** Ends of jobs that are not in the statistics yet. */
export const notCounted: SQL = sql.raw("counted = 0");

/** Rows of the statistics with all that one owner's jobs amount to. */
export const ownersTotals: SQL = sql.raw("dimension = 'total' and everybody = 0");

/** Deliveries to the address that a job's own request named. */
export const ofRequest: SQL = sql.raw("webhook_id is null");

/** Deliveries that are not over. */
export const isPending: SQL = sql.raw("state = 'pending'");

/**
 * The same, for finding who has due deliveries. Every row meets its second part, which keeps planners from taking that index for
 * the deliveries of one target, where they would read those of all others.
 */
export const isPendingForAnybody: SQL = sql.raw("state = 'pending' and tries >= 0");
/** Jobs that wait for the result of another one. */
export const hasJoined: SQL = sql.raw("joined_at is not null");
export const hasNotJoined: SQL = sql.raw("joined_at is null");
/** Jobs whose results anybody may have: nothing private was used for them. */
export const isShareable: SQL = sql.raw("shareable = 1");
/** Jobs whose result others may have. */
export const hasReuseKey: SQL = sql.raw("reuse_key is not null");
/** Jobs whose link does not say what is there. */
export const hasLinkKey: SQL = sql.raw("link_key is not null");

/** Schedules that are active. */
export const hasNextRun: SQL = sql.raw("next_run_at is not null");
