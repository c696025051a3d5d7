import type { Dispatch, JobHint, RunMode } from "../../jobs/dispatch.ts";
import type { Job } from "../../jobs/job.ts";
import { canMove } from "../../jobs/states.ts";
import type { Entry } from "./entry.ts";
import { compare } from "./job-query.ts";
import { type Decide, enqueue, type MemoryState } from "./state.ts";

/** The order of dispatch in memory. */
export function createMemoryDispatch(state: MemoryState, decide: Decide): Dispatch {
  return {
    nextQueued: (limit, mode = "shared") =>
      decide((now) =>
        state.entries
          .values()
          .filter(({ job }) => job.state === "queued" && isDue(job, now) && runsAs(job, mode))
          .sort((a, b) => a.rank - b.rank || compare(a.job.id, b.job.id))
          .slice(0, limit)
          .map(hint),
      ),

    promoteDue: (limit) =>
      decide((now) =>
        state.entries
          .values()
          .filter(({ job }) => canMove(job.state, "due") && job.scheduledFor !== null && job.scheduledFor <= now)
          .sort((a, b) => Number(a.job.scheduledFor) - Number(b.job.scheduledFor))
          .slice(0, limit)
          .map((entry) => enqueue(state, entry, now, null, {})),
      ),

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
const isDue = (job: Job, now: Date): boolean => job.nextAttemptAt === null || job.nextAttemptAt <= now;
const hint = ({ job }: Entry): JobHint => ({ jobId: job.id, lane: job.priority });
