import type { Job } from "../../jobs/job.ts";
import type { Leases } from "../../jobs/leases.ts";
import { lostPauseMs } from "../../jobs/rules/lost-pause.ts";
import { endedLease, gapMs, graceMs } from "../../jobs/rules/reachability.ts";
import { storableText } from "../../jobs/rules/storable.ts";
import { workerLostError } from "../../jobs/rules/worker-lost.ts";
import { canMove, jobMoves } from "../../jobs/states.ts";
import { endEntry } from "./after-end.ts";
import { type Entry, idle } from "./entry.ts";
import { allJobs, type Decide, enqueue, enqueueInPlace, later, type MemoryState, updateEntry } from "./state.ts";

const hasBegun = ({ job }: Entry): boolean => job.stage !== null;

/** The leases in memory. */
export function createMemoryLeases(state: MemoryState, decide: Decide): Leases {
  /** Whether expired leases count; see {@link gapMs}. */
  const recordReachable = (now: Date, leaseMs: number): boolean => {
    const last = state.reachability.get("last");
    const isFresh = last !== undefined && Math.abs(Number(now) - Number(last.seenAt)) <= gapMs(leaseMs);
    const steadySince = isFresh ? last.steadySince : now;
    state.reachability.set("last", { seenAt: now, steadySince });
    return steadySince <= later(now, -graceMs(leaseMs));
  };

  return {
    releaseLost: ({ maxLostWorkers, limit, leaseMs }) =>
      decide((now) => {
        if (!allJobs(state).some((job) => job.state === "running")) return { requeued: [], failed: [], unbegun: [] };
        const isSteady = recordReachable(now, leaseMs);
        const isLost = ({ leaseUntil }: Job) =>
          leaseUntil !== null && leaseUntil <= now && (isSteady || leaseUntil <= endedLease);
        const lost = state.entries
          .values()
          .filter(({ job }) => canMove(job.state, "requeue") && isLost(job))
          .sort((a, b) => Number(a.job.leaseUntil) - Number(b.job.leaseUntil))
          .slice(0, limit);
        const [begun, others] = [lost.filter(hasBegun), lost.filter((entry) => !hasBegun(entry))];
        const jobs = begun.map((entry) => {
          const { lostWorkers } = entry.job;
          const changes = { lostWorkers: lostWorkers + 1, alone: true, error: workerLostError };
          if (changes.lostWorkers < maxLostWorkers) {
            return enqueue(state, entry, now, later(now, lostPauseMs(lostWorkers)), changes);
          }
          return endEntry(state, entry, now, { ...idle, ...changes, state: jobMoves.fail.to, finishedAt: now });
        });
        return {
          requeued: jobs.filter((job) => job.state === jobMoves.requeue.to),
          failed: jobs.filter((job) => job.state === jobMoves.fail.to),
          unbegun: others.map((entry) => enqueueInPlace(state, entry, now)),
        };
      }),

    markReachable: (leaseMs) =>
      decide((now) => {
        if (allJobs(state).some((job) => job.state === "running")) recordReachable(now, leaseMs);
      }),

    expire: (workers) =>
      decide((now) => {
        const names = new Set(workers.map(storableText));
        const held = state.entries
          .values()
          .filter(({ job }) => job.state === "running" && job.worker !== null && names.has(job.worker));
        for (const entry of held) updateEntry(state, entry, now, { leaseUntil: endedLease });
        return held.length;
      }),

    workersOn: (host) =>
      decide(() => {
        const held = allJobs(state).filter((job) => job.state === "running" && job.host === storableText(host));
        return [...new Set(held.flatMap((job) => job.worker ?? []))].sort();
      }),
  };
}
