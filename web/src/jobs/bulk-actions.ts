import type { BulkRequest, DownloadFilter, DownloadJob, JobState } from "@vidferry/sdk";

/** What is done to several jobs at once. */
export type BulkAction = BulkRequest["action"];

const waiting: readonly JobState[] = ["scheduled", "queued", "running"];

/** The states that an action is for. */
const statesOf: Readonly<Record<BulkAction, readonly JobState[] | null>> = {
  retry: ["failed", "canceled"],
  pause: waiting,
  resume: ["paused"],
  cancel: [...waiting, "paused"],
  delete: null,
};

/** Those of some jobs that an action is for. */
export function fitFor(action: BulkAction, jobs: readonly DownloadJob[]): DownloadJob[] {
  const states = statesOf[action];
  return states === null ? [...jobs] : jobs.filter(({ state }) => states.includes(state));
}

/** A filter without the states that an action is not for; null: it leaves none. */
export function narrowed(action: BulkAction, filter: DownloadFilter): DownloadFilter | null {
  const states = statesOf[action];
  if (states === null) return filter;
  const asked = filter.state === undefined ? states : [filter.state].flat();
  const left = states.filter((state) => asked.includes(state));
  return left.length === 0 ? null : { ...filter, state: left };
}
