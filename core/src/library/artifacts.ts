import type { Job } from "../jobs/job.ts";
import type { JobId } from "../runtime/ids.ts";

/** The artifacts of jobs: what their results are and how long they are kept. */
export interface Artifacts {
  /** Jobs whose results are past their time, the longest expired first; without the first `skip` of them. */
  listExpired(limit: number, skip?: number): Promise<readonly Job[]>;
  /** Forgets the artifacts of an expired job; the same transaction lets go of their blobs. False when it is not expired (any more). */
  clear(id: JobId): Promise<boolean>;
}
