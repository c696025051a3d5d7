import type { Attempts, ClaimOptions } from "../../jobs/attempts.ts";
import { type Job, noProgress } from "../../jobs/job.ts";
import { storableSpan, storableText, storedCopy } from "../../jobs/rules/storable.ts";
import { afterStart } from "../../jobs/rules/turns.ts";
import { jobMoves } from "../../jobs/states.ts";
import { endEntry } from "./after-end.ts";
import { type Entry, idle } from "./entry.ts";
import { compare } from "./job-query.ts";
import { type Decide, enqueue, later, type MemoryState, runningEntry, updateEntry } from "./state.ts";
import { currentTurn, hasRoom, isReady, planStarts } from "./turns.ts";

/** The attempts in memory. */
export function createMemoryAttempts(state: MemoryState, decide: Decide): Attempts {
  const start = (entry: Entry, now: Date, { worker, host, leaseMs }: ClaimOptions): Job =>
    updateEntry(state, entry, now, {
      state: jobMoves.claim.to,
      stage: null,
      progress: noProgress,
      warnings: [],
      attempt: entry.job.attempt + 1,
      worker: storableText(worker),
      host: storableText(host),
      leaseUntil: later(now, leaseMs),
      nextAttemptAt: null,
      joinedAt: null,
      startedAt: entry.job.startedAt ?? now,
    });

  return {
    claimNext: (limit, options) =>
      decide((now) => {
        const { entries, turn } = planStarts(state, now, limit, "shared");
        state.turns.set("shared", turn);
        return entries.map((entry) => start(entry, now, options));
      }),

    claim: (ids, options) =>
      decide((now) =>
        [...new Set(ids)]
          .flatMap((id) => state.entries.get(id) ?? [])
          .filter(({ job }) => isReady(job, now, job.alone && options.alone ? "alone" : "shared"))
          .sort((a, b) => a.rank - b.rank || compare(a.job.id, b.job.id))
          .flatMap((entry) => {
            const { owner, alone } = entry.job;
            if (!hasRoom(state, owner)) return [];
            if (alone) state.turns.set("alone", afterStart(currentTurn(state, "alone"), owner));
            return start(entry, now, options);
          }),
      ),

    adopt: (known, { worker, leaseMs }) =>
      decide((now) => {
        const runsHere = (job: Job) => known.some((ref) => ref.jobId === job.id && ref.attempt === job.attempt);
        return state.entries
          .values()
          .filter(({ job }) => job.state === "running" && job.stage === null && job.worker === storableText(worker))
          .filter(({ job }) => !runsHere(job))
          .map((entry) => updateEntry(state, entry, now, { leaseUntil: later(now, leaseMs) }));
      }),

    heartbeat: (ref, leaseMs, patch) =>
      decide((now) => {
        const entry = runningEntry(state, ref, "succeed");
        if (!entry) return false;
        updateEntry(state, entry, now, { ...storedCopy(patch), leaseUntil: later(now, leaseMs) });
        return true;
      }),

    succeed: (ref, result) =>
      decide((now) => {
        const entry = runningEntry(state, ref, "succeed");
        if (!entry) return null;
        const { artifacts, progress, media, warnings, engine, retentionMs, shareable = false } = storedCopy(result);
        for (const { storageKey: key, bytes, sha256 } of artifacts) {
          if (!state.blobs.has(key)) state.blobs.set(key, { key, bytes, sha256, createdAt: now });
        }
        return endEntry(state, { ...entry, shareable }, now, {
          ...idle,
          state: jobMoves.succeed.to,
          artifacts,
          progress,
          warnings,
          media: media ?? entry.job.media,
          engine: engine ?? entry.job.engine,
          error: null,
          finishedAt: now,
          expiresAt: retentionMs === null ? null : later(now, retentionMs),
        });
      }),

    fail: (ref, error) =>
      decide((now) => {
        const entry = runningEntry(state, ref, "fail");
        if (!entry) return null;
        return endEntry(state, entry, now, {
          ...idle,
          state: jobMoves.fail.to,
          error: storedCopy(error),
          failures: entry.job.failures + 1,
          finishedAt: now,
        });
      }),

    requeue: (ref, { error, delayMs, countsAsFailure, waiting, alone }) =>
      decide((now) => {
        const entry = runningEntry(state, ref, "requeue");
        if (!entry) return null;
        return enqueue(state, entry, now, delayMs > 0 ? later(now, storableSpan(delayMs)) : null, {
          error: storedCopy(error),
          waiting: waiting ? storedCopy(waiting) : null,
          failures: entry.job.failures + (countsAsFailure ? 1 : 0),
          ...(alone !== undefined && { alone, lostWorkers: 0 }),
        });
      }),
  };
}
