import type { JobEvent, JobId, JobResource, JobState } from "@vidferry/core";
import { noProgress } from "@vidferry/core";

/** A job id that nothing else uses. */
export function newJobId(): JobId {
  return `job_${crypto.randomUUID().replaceAll("-", "")}`;
}

/** A progress event; `percent` tells one from another. */
export function progressOf(jobId: JobId, percent: number): JobEvent {
  return {
    type: "progress",
    data: { jobId, attempt: 1, stage: "downloading", progress: { ...noProgress, percent } },
  };
}

/** A `job` event of a job in this state. */
export function jobOf(jobId: JobId, state: JobState, attempt: number): JobEvent {
  // A log looks at these alone.
  return { type: "job", data: { id: jobId, state, attempt } as JobResource };
}
