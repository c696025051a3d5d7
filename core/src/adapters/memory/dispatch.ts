import type { Dispatch, Hold, JobHint, RunMode } from "../../jobs/dispatch.ts";
import type { Job } from "../../jobs/job.ts";
import { storableText } from "../../jobs/rules/storable.ts";
import { canMove } from "../../jobs/states.ts";
import type { Entry } from "./entry.ts";
import { allJobs, type Decide, enqueue, type MemoryState } from "./state.ts";
import { hasRoom, isReady, planStarts } from "./turns.ts";

/** The order of dispatch in memory. */
export function createMemoryDispatch(state: MemoryState, decide: Decide): Dispatch {
  return {
    nextQueued: (limit, mode = "shared") => decide((now) => planStarts(state, now, limit, mode).entries.map(hint)),

    holds: (owners) =>
      decide((now) => {
        const waiting = new Set(
          allJobs(state)
            .filter((job) => isReady(job, now, "shared"))
            .map((job) => job.owner),
        );
        const held = owners.map(storableText).flatMap((owner): [string, Hold][] => {
          if (!hasRoom(state, owner)) return [[owner, "quota"]];
          return waiting.size > Number(waiting.has(owner)) ? [[owner, "fair_share"]] : [];
        });
        return new Map(held);
      }),

    promoteDue: (limit) =>
      decide((now) =>
        state.entries
          .values()
          .filter(({ job }) => canMove(job.state, "due") && job.scheduledFor !== null && job.scheduledFor <= now)
          .sort((a, b) => Number(a.job.scheduledFor) - Number(b.job.scheduledFor))
          .slice(0, limit)
          .map((entry) => enqueue(state, entry, now, null, {})),
      ),

    endWaiting: (reason, limit) =>
      decide((now) => {
        const waiting = state.entries
          .values()
          .filter(({ job }) => job.state === "queued" && job.nextAttemptAt !== null && job.waiting?.reason === reason)
          .sort((a, b) => Number(a.job.nextAttemptAt) - Number(b.job.nextAttemptAt))
          .slice(0, limit);
        for (const entry of waiting) enqueue(state, entry, now, null, {});
        return waiting.map(hint);
      }),

    takeUnoffered: (olderThanMs, limit, mode = "shared") =>
      decide((now) => {
        const taken = state.entries
          .values()
          .filter(({ job, offeredAt }) => {
            return job.state === "queued" && offeredAt <= now.getTime() - olderThanMs && runsAs(job, mode);
          })
          .sort((a, b) => a.offeredAt - b.offeredAt)
          .slice(0, limit);
        for (const entry of taken) state.entries.set(entry.job.id, { ...entry, offeredAt: now.getTime() });
        return taken.map(hint);
      }),
  };
}

const runsAs = (job: Job, mode: RunMode): boolean => job.alone === (mode === "alone");
const hint = ({ job }: Entry): JobHint => ({ jobId: job.id, lane: job.priority });
