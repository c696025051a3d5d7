import { type SQL, sql } from "drizzle-orm";
import { noProgress } from "../../../jobs/job.ts";
import { laneOffsetMs } from "../../../jobs/rules/lanes.ts";
import { lostPausesMs } from "../../../jobs/rules/lost-pause.ts";
import { workerLostError } from "../../../jobs/rules/worker-lost.ts";
import { type JobMove, jobMoves } from "../../../jobs/states.ts";
import { stateIn } from "./conditions.ts";
import type { SqlConnection, SqlTime } from "./connection.ts";
import type { Schema } from "./schema.ts";

type Row = Schema["jobs"]["$inferSelect"];

/** What an update writes: values, or expressions over the row as it was. */
export type Changes = { [K in keyof Row]?: Row[K] | SQL };

/** The condition of a move: the states it may start from. */
export const allows = (move: JobMove): SQL => stateIn(jobMoves[move].from);

/** Of a job that no worker holds. */
export const idle = { stage: null, worker: null, leaseUntil: null, joinedAt: null } as const satisfies Changes;

/** Of a job that starts over by hand. */
export const startedOver = {
  failures: 0,
  lostWorkers: 0,
  progress: noProgress,
  artifacts: [],
  artifactCount: 0,
  warnings: [],
  error: null,
  startedAt: null,
  finishedAt: null,
  expiresAt: null,
  finishAskedAt: null,
} as const satisfies Changes;

/** Queues a job now: the store's time, shifted by its lane, is its place. */
export function queuedNow({ time }: SqlConnection): Changes {
  return queued(time.now(), sql`null`, time);
}

/** Queues a job now, where it was before. */
export function queuedInPlace(connection: SqlConnection): Changes {
  const { rank: _, ...changes } = queuedNow(connection);
  return changes;
}

/** Queues a job for a later time; only due jobs are offered. */
export function queuedAfter({ time }: SqlConnection, delayMs: number | SQL): Changes {
  const due = time.plus(time.now(), delayMs);
  return queued(due, due, time);
}

/** Requeues a job whose worker was lost: with backoff, and to run alone. */
export function queuedAfterLoss(connection: SqlConnection): Changes {
  const { lostWorkers } = connection.schema.jobs;
  const longest = lostPausesMs.length - 1;
  const cases = lostPausesMs.slice(0, longest).map((ms, lost) => sql.raw(`when ${lost} then ${ms}`));
  const pause = sql`(case ${lostWorkers} ${sql.join(cases, sql` `)} else ${sql.raw(String(lostPausesMs[longest]))} end)`;
  return { ...queuedAfter(connection, pause), lostWorkers: sql`${lostWorkers} + 1`, alone: 1, error: workerLostError };
}

/** Requeues a job by hand: at once, but never before the time it was scheduled for. */
export function queuedByHand({ schema, time }: SqlConnection): Changes {
  const { scheduledFor } = schema.jobs;
  const isAhead = sql`${scheduledFor} > ${time.now()}`;
  return queued(
    sql`case when ${isAhead} then ${scheduledFor} else ${time.now()} end`,
    sql`case when ${isAhead} then ${scheduledFor} end`,
    time,
  );
}

function queued(due: SQL, nextAttemptAt: SQL, time: SqlTime): Changes {
  const { high, normal, low } = laneOffsetMs;
  const offset = sql.raw(`case priority when 'high' then ${high} when 'low' then ${low} else ${normal} end`);
  return {
    ...idle,
    state: jobMoves.requeue.to,
    rank: time.plus(due, sql`(${offset})`),
    offeredAt: due,
    nextAttemptAt,
    waiting: null,
    updatedAt: time.now(),
  };
}
