import type { QueueStates } from "../../jobs/queue-state.ts";
import { waitReasonOf } from "../../jobs/resource.ts";
import { laneOffsetMs } from "../../jobs/rules/lanes.ts";
import { type DueGroup, lanesOf } from "../../jobs/rules/queue-groups.ts";
import { newestFirst } from "./job-query.ts";
import { allJobs, type Decide, type MemoryState } from "./state.ts";

/** The state of the queue in memory. */
export function createMemoryQueueStates(state: MemoryState, decide: Decide): QueueStates {
  return {
    read: (mostJobs) =>
      decide((now) => {
        const queued = state.entries
          .values()
          .filter(({ job }) => job.state === "queued")
          .slice(0, mostJobs);
        const due: DueGroup[] = [];
        const running = allJobs(state).filter((job) => job.state === "running");
        const waiting: Record<string, number> = {};
        const add = (reason: string, jobs = 1): void => {
          if (jobs > 0) waiting[reason] = (waiting[reason] ?? 0) + jobs;
        };
        for (const { job, rank } of queued) {
          const pauses = job.nextAttemptAt !== null && job.nextAttemptAt > now;
          if (job.joinedAt !== null && pauses) {
            add("reuse");
            continue;
          }
          const reason = job.waiting?.reason ?? (job.error === null ? null : waitReasonOf(job.error.code));
          if (pauses && reason !== null) {
            add(reason);
            continue;
          }
          const { owner, priority: lane } = job;
          const allowed = state.accounts.get(owner)?.limits.runningJobs ?? null;
          const used = running.filter((other) => other.owner === owner).length;
          const oldestAgeMs = Math.max(0, now.getTime() - (rank - laneOffsetMs[lane]));
          const room = allowed === null ? null : Math.max(0, allowed - used);
          due.push({ lane, jobs: 1, oldestAgeMs, owners: [owner, owner], room });
        }
        for (const job of allJobs(state)) if (job.state === "scheduled") add("schedule");
        const { lanes, quota, fairShare } = lanesOf(due);
        add("quota", quota);
        add("fair_share", fairShare);
        return { lanes, waiting, running: running.length, isWhole: queued.length < mostJobs };
      }),

    deadLetters: ({ after, limit }) =>
      decide(() =>
        allJobs(state)
          .filter((job) => job.state === "failed" && job.error?.code === "worker_lost")
          .sort(newestFirst({ owner: null, limit: 0 }))
          .filter(
            (job) =>
              after === undefined ||
              job.createdAt < after.createdAt ||
              (+job.createdAt === +after.createdAt && job.id < after.id),
          )
          .slice(0, limit),
      ),
  };
}
