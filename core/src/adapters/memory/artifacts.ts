import type { Job } from "../../jobs/job.ts";
import type { Artifacts } from "../../library/artifacts.ts";
import { compare } from "./job-query.ts";
import { allJobs, type Decide, type MemoryState, updateEntry } from "./state.ts";

/** The artifacts in memory. */
export function createMemoryArtifacts(state: MemoryState, decide: Decide): Artifacts {
  return {
    listExpired: (limit, skip = 0) =>
      decide((now) =>
        allJobs(state)
          .filter((job) => isExpired(job, now))
          .sort((a, b) => Number(a.expiresAt) - Number(b.expiresAt) || compare(a.id, b.id))
          .slice(skip, skip + limit),
      ),

    clear: (id) =>
      decide((now) => {
        const entry = state.entries.get(id);
        if (!entry || !isExpired(entry.job, now)) return false;
        updateEntry(state, entry, now, { artifacts: [] });
        return true;
      }),
  };
}

function isExpired(job: Job, now: Date): boolean {
  return job.artifacts.length > 0 && job.expiresAt !== null && job.expiresAt <= now;
}
