import { quotaExceeded } from "../../accounts/admission.ts";
import { AppError, isAppError, toAppError } from "../../errors/app-error.ts";
import { answerKeptMs } from "../../idempotency/answers.ts";
import { type Job, noProgress } from "../../jobs/job.ts";
import type { ClientMove, CreateOutcome, Jobs, MovedJobs, NewJob } from "../../jobs/jobs.ts";
import { edited, isAsSeen } from "../../jobs/rules/edit.ts";
import { endByRemoval } from "../../jobs/rules/end-by-removal.ts";
import { laneOffsetMs } from "../../jobs/rules/lanes.ts";
import { storableTime, storedCopy } from "../../jobs/rules/storable.ts";
import { canMove, JobState, jobMoves } from "../../jobs/states.ts";
import type { JobId } from "../../runtime/ids.ts";
import { admissionNow, countJobOfToday } from "./account-usage.ts";
import { afterEnd, endEntry } from "./after-end.ts";
import { idle, newEntry } from "./entry.ts";
import { forgetPerson } from "./history.ts";
import { matches, newestFirst } from "./job-query.ts";
import { allJobs, type Decide, enqueue, findEntry, later, type MemoryState, updateEntry } from "./state.ts";
import { takeUpBatch } from "./take-up-batch.ts";

/** The jobs in memory. */
export function createMemoryJobs(state: MemoryState, decide: Decide): Jobs {
  const { entries, idempotency: byIdempotencyKey } = state;
  const moveOne = (now: Date, id: JobId, owner: string | null, move: ClientMove): Job | null => {
    const entry = findEntry(state, id, owner);
    if (!entry || !canMove(entry.job.state, move)) return null;
    const scheduledFor = entry.job.scheduledFor;
    const due = scheduledFor && scheduledFor > now ? scheduledFor : null;
    switch (move) {
      case "resume":
        return enqueue(state, entry, now, due, {});
      case "retry":
        requireRoomAgain(state, entry.job.owner, now);
        takeUpBatch(state, entry.job, now);
        return enqueue(state, entry, now, due, retried);
      case "pause":
        return updateEntry(state, entry, now, { ...idle, state: jobMoves.pause.to, nextAttemptAt: null });
      case "cancel":
        return endEntry(state, entry, now, {
          ...idle,
          state: jobMoves.cancel.to,
          nextAttemptAt: null,
          error: null,
          finishedAt: now,
        });
    }
  };

  const createOne = (now: Date, request: NewJob): CreateOutcome => {
    const fresh = storedCopy({ ...request, scheduledFor: null });
    const { idempotency } = fresh;
    const known = idempotency && byIdempotencyKey.get(idempotencyKey(fresh.owner, idempotency.key));
    const earlier = known ? entries.get(known) : undefined;
    if (earlier) {
      if (earlier.idempotency?.fingerprint !== idempotency?.fingerprint) return { kind: "conflict" };
      return { kind: "repeated", job: earlier.job };
    }
    if (entries.has(fresh.id)) throw new AppError("internal_error", `The job ${fresh.id} exists already.`);
    const account = state.accounts.get(fresh.owner);
    if (account) {
      const { room, exceeded } = admissionNow(state, fresh.owner, account.limits, now);
      if (room < 1 && exceeded) throw quotaExceeded(exceeded);
      countJobOfToday(state, fresh.owner, now);
    }
    const scheduledFor = request.scheduledFor && storableTime(request.scheduledFor);
    const entry = newEntry(fresh, scheduledFor, now);
    const { job } = entry;
    entries.set(job.id, entry);
    if (idempotency) byIdempotencyKey.set(idempotencyKey(job.owner, idempotency.key), job.id);
    return { kind: "created", job };
  };

  const removeOne = (now: Date, id: JobId, owner: string | null): Job | null => {
    const entry = findEntry(state, id, owner);
    if (!entry) return null;
    entries.delete(id);
    if (entry.idempotency) byIdempotencyKey.delete(idempotencyKey(entry.job.owner, entry.idempotency.key));
    afterEnd(state, endByRemoval(entry.job, now), now);
    forgetPerson(state, entry.job);
    return entry.job;
  };

  return {
    create: (request) => decide((now) => createOne(now, request)),

    createAll: (requests) =>
      decide((now) =>
        requests.map((request) => {
          try {
            return createOne(now, request);
          } catch (error) {
            return toAppError(error);
          }
        }),
      ),

    get: (id, owner) => decide(() => findEntry(state, id, owner)?.job ?? null),

    states: (ids, owner) =>
      decide(() => {
        const found = new Map<JobId, JobState>();
        for (const id of ids) {
          const entry = findEntry(state, id, owner ?? null);
          if (entry) found.set(id, entry.job.state);
        }
        return found;
      }),

    list: (query) =>
      decide(() =>
        allJobs(state)
          .filter((job) => matches(job, query))
          .sort(newestFirst(query))
          .slice(0, query.limit),
      ),

    move: (id, owner, move) => decide((now) => moveOne(now, id, owner, move)),

    moveAll: (ids, owner, move) =>
      decide((now) => {
        const moved: Job[] = [];
        const refused: MovedJobs["refused"][number][] = [];
        for (const id of new Set(ids)) {
          try {
            const job = moveOne(now, id, owner, move);
            if (job !== null) moved.push(job);
          } catch (error) {
            if (!isAppError(error)) throw error;
            refused.push({ id, error });
          }
        }
        return { moved, refused };
      }),

    askFinish: (id, owner) =>
      decide((now) => {
        const entry = findEntry(state, id, owner);
        if (!entry || (entry.job.state !== "queued" && entry.job.state !== "running")) return null;
        return updateEntry(state, entry, now, { finishAskedAt: now });
      }),

    edit: (id, owner, edit, seen) =>
      decide((now) => {
        const entry = findEntry(state, id, owner);
        if (!entry) return { kind: "not_found" };
        if (seen !== null && !isAsSeen(entry.job, seen)) return { kind: "changed" };
        const outcome = edited(entry.job, storedCopy(edit));
        if (outcome.kind !== "edited") return outcome;
        const { labels, priority } = outcome;
        const rank = entry.rank + laneOffsetMs[priority] - laneOffsetMs[entry.job.priority];
        return { kind: "edited", job: updateEntry(state, { ...entry, rank }, now, { labels, priority }) };
      }),

    remove: (id, owner) => decide((now) => removeOne(now, id, owner)),

    removeAll: (ids, owner) => decide((now) => [...new Set(ids)].flatMap((id) => removeOne(now, id, owner) ?? [])),

    count: (query) =>
      decide(() => {
        const states = Object.fromEntries(JobState.options.map((name) => [name, 0])) as Record<JobState, number>;
        for (const job of allJobs(state)) if (matches(job, { ...query, limit: 0 })) states[job.state] += 1;
        return { states, exact: true };
      }),

    forgetKeys: (limit) =>
      decide((now) => {
        const old = entries
          .values()
          .filter(({ idempotency, job }) => idempotency && job.createdAt <= later(now, -answerKeptMs))
          .slice(0, limit);
        for (const { idempotency, ...entry } of old) {
          if (idempotency) byIdempotencyKey.delete(idempotencyKey(entry.job.owner, idempotency.key));
          entries.set(entry.job.id, { ...entry, idempotency: null });
        }
        return old.length;
      }),

    countByState: () =>
      decide(() => {
        const counts = Object.fromEntries(JobState.options.map((name) => [name, 0])) as Record<JobState, number>;
        for (const job of allJobs(state)) counts[job.state] += 1;
        return counts;
      }),
  };
}

/** A job that starts over waits again, and makes results again; it is no new job of the day. */
function requireRoomAgain(state: MemoryState, owner: string, now: Date): void {
  const account = state.accounts.get(owner);
  if (!account) return;
  const { room, exceeded } = admissionNow(state, owner, { ...account.limits, jobsPerDay: null }, now);
  if (room < 1 && exceeded) throw quotaExceeded(exceeded);
}

const idempotencyKey = (owner: string, key: string): string => JSON.stringify([owner, key]);

/** Of a job that starts over by hand. */
const retried = {
  failures: 0,
  lostWorkers: 0,
  progress: noProgress,
  artifacts: [],
  warnings: [],
  error: null,
  startedAt: null,
  finishedAt: null,
  expiresAt: null,
  finishAskedAt: null,
} as const satisfies Partial<Job>;
