import type { Attempts } from "../../jobs/attempts.ts";
import { noProgress } from "../../jobs/job.ts";
import { storableSpan, storableText, storedCopy } from "../../jobs/rules/storable.ts";
import { canMove, jobMoves } from "../../jobs/states.ts";
import { idle } from "./entry.ts";
import { type Decide, enqueue, later, type MemoryState, runningEntry, updateEntry } from "./state.ts";

/** The attempts in memory. */
export function createMemoryAttempts(state: MemoryState, decide: Decide): Attempts {
  return {
    claim: (ids, { worker, host, leaseMs, alone = false }) =>
      decide((now) =>
        [...new Set(ids)].flatMap((id) => {
          const entry = state.entries.get(id);
          if (!entry || !canMove(entry.job.state, "claim")) return [];
          if (entry.job.nextAttemptAt !== null && entry.job.nextAttemptAt > now) return [];
          if (entry.job.alone && !alone) return [];
          return updateEntry(state, entry, now, {
            state: jobMoves.claim.to,
            stage: "resolving",
            progress: noProgress,
            warnings: [],
            attempt: entry.job.attempt + 1,
            worker: storableText(worker),
            host: storableText(host),
            leaseUntil: later(now, leaseMs),
            nextAttemptAt: null,
            startedAt: entry.job.startedAt ?? now,
          });
        }),
      ),

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
        const { artifacts, progress, media, warnings, engine, retentionMs } = storedCopy(result);
        for (const { storageKey: key } of artifacts) {
          if (!state.blobs.has(key)) state.blobs.set(key, { key, createdAt: now });
        }
        return updateEntry(state, entry, now, {
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
        return updateEntry(state, entry, now, {
          ...idle,
          state: jobMoves.fail.to,
          error: storedCopy(error),
          failures: entry.job.failures + 1,
          finishedAt: now,
        });
      }),

    requeue: (ref, { error, delayMs, countsAsFailure, alone }) =>
      decide((now) => {
        const entry = runningEntry(state, ref, "requeue");
        if (!entry) return null;
        return enqueue(state, entry, now, delayMs > 0 ? later(now, storableSpan(delayMs)) : null, {
          error: storedCopy(error),
          failures: entry.job.failures + (countsAsFailure ? 1 : 0),
          ...(alone !== undefined && { alone, lostWorkers: 0 }),
        });
      }),
  };
}
