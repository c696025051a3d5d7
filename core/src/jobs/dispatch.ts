import type { JobId } from "../runtime/ids.ts";
import type { Job } from "./job.ts";
import type { Priority } from "./presets.ts";

/** A hint that a job may be run. */
export interface JobHint {
  readonly jobId: JobId;
  readonly lane: Priority;
}

/** Jobs that may run beside others, or those that must run alone (see `Job.alone`). */
export type RunMode = "shared" | "alone";

/** Which jobs are to run, and in which order. Not promised: an order of jobs with the same lane and time. */
export interface Dispatch {
  /** Due jobs in the order they should run: by lane, where waiting raises low lanes so that none starves. `mode`: `shared`. */
  nextQueued(limit: number, mode?: RunMode): Promise<readonly JobHint[]>;
  /** `scheduled` → `queued` for those whose time has come. */
  promoteDue(limit: number): Promise<readonly Job[]>;
  /** Due jobs that were not offered for `olderThanMs`; marks them offered now, so that each goes to one caller. `mode`: `shared`. */
  takeUnoffered(olderThanMs: number, limit: number, mode?: RunMode): Promise<readonly JobHint[]>;
}
