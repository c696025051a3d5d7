import type { Job } from "../jobs/job.ts";
import type { JobId } from "../runtime/ids.ts";

/** The artifacts of jobs: what their results are and how long they are kept. */
export interface Artifacts {
  /** Jobs whose results have expired, the longest expired first; without the first `skip` of them. */
  listExpired(limit: number, skip?: number): Promise<readonly Job[]>;
  /** Deletes the artifacts of an expired job; whoever calls it releases their blobs, in the same transaction. False when it is not expired (any more). */
  clear(id: JobId): Promise<boolean>;
}
