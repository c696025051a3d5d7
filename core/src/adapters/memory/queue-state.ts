import { noLane, type QueueStates } from "../../jobs/queue-state.ts";
import { waitReasonOf } from "../../jobs/resource.ts";
import { laneOffsetMs } from "../../jobs/rules/lanes.ts";
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
        const lanes = { high: noLane, normal: noLane, low: noLane };
        const waiting: Record<string, number> = {};
        const add = (reason: string): void => {
          waiting[reason] = (waiting[reason] ?? 0) + 1;
        };
        for (const { job, rank } of queued) {
          if (job.nextAttemptAt !== null && job.nextAttemptAt > now && job.error !== null) {
            add(waitReasonOf(job.error.code));
            continue;
          }
          const { depth, oldestAgeMs } = lanes[job.priority];
          const age = Math.max(0, now.getTime() - (rank - laneOffsetMs[job.priority]));
          lanes[job.priority] = { depth: depth + 1, oldestAgeMs: Math.max(oldestAgeMs ?? 0, age) };
        }
        for (const job of allJobs(state)) if (job.state === "scheduled") add("schedule");
        const running = allJobs(state).filter((job) => job.state === "running").length;
        return { lanes, waiting, running, isWhole: queued.length < mostJobs };
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
