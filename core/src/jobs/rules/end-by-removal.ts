import type { Job } from "../job.ts";
import { isTerminal } from "../states.ts";

/** The end that the removal of a job is: one that was not over was canceled by it; one that was over ends only once. */
export function endByRemoval(job: Job, now: Date): readonly Job[] {
  if (isTerminal(job.state)) return [];
  const idle = { stage: null, worker: null, leaseUntil: null, nextAttemptAt: null } as const;
  return [{ ...job, ...idle, state: "canceled", error: null, finishedAt: now, updatedAt: now }];
}
