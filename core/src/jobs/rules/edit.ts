import type { Job } from "../job.ts";
import type { JobEdit } from "../request.ts";
import { mostLabels } from "../request.ts";
import type { JobState } from "../states.ts";

/** States in which a job waits for its turn, so that its priority means something. */
const waitingStates: readonly JobState[] = ["scheduled", "queued", "paused"];

/** What an edit makes of a job, or why it cannot be. */
export type Edited =
  | { readonly kind: "edited"; readonly labels: Job["labels"]; readonly priority: Job["priority"] }
  | { readonly kind: "not_waiting"; readonly state: JobState }
  | { readonly kind: "too_many_labels" };

/** Applies an edit by the rules of JSON Merge Patch (RFC 7396): null takes a label away, what is not named stays. */
export function edited(job: Pick<Job, "labels" | "priority" | "state">, edit: JobEdit): Edited {
  const priority = edit.priority ?? job.priority;
  if (priority !== job.priority && !waitingStates.includes(job.state)) {
    return { kind: "not_waiting", state: job.state };
  }
  const merged = edit.labels === null ? {} : { ...job.labels, ...edit.labels };
  const labels = Object.fromEntries(
    Object.entries(merged).filter((label): label is [string, string] => label[1] !== null),
  );
  if (Object.keys(labels).length > mostLabels) return { kind: "too_many_labels" };
  return { kind: "edited", labels, priority };
}

/** Whether a job is as it was seen: what a condition of an edit (`If-Match`) compares. */
export function isAsSeen(job: Job, seen: Job): boolean {
  return (
    job.updatedAt.getTime() === seen.updatedAt.getTime() &&
    job.state === seen.state &&
    job.attempt === seen.attempt &&
    job.priority === seen.priority &&
    JSON.stringify(job.labels) === JSON.stringify(seen.labels)
  );
}
