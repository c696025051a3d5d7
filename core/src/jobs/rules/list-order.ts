import type { Job } from "../job.ts";
import type { JobCursor, JobQuery } from "../jobs.ts";
import { isTerminal, JobState } from "../states.ts";

/** Whether a list is ordered by when its jobs ended: a range of ends is then one walk, however many jobs lie outside of it. */
export const isOrderedByEnd = ({ finishedAfter, finishedBefore }: JobQuery): boolean =>
  finishedAfter !== undefined || finishedBefore !== undefined;

/** The place of a job in a list. */
export function placeOf(job: Job, query: JobQuery): JobCursor {
  return { createdAt: (isOrderedByEnd(query) ? job.finishedAt : null) ?? job.createdAt, id: job.id };
}

/** The states that the jobs of a list can have; undefined: all. */
export function statesOf(query: JobQuery): readonly JobState[] | undefined {
  if (!isOrderedByEnd(query)) return query.states;
  return (query.states ?? JobState.options).filter(isTerminal);
}
