import type { JobId } from "../runtime/ids.ts";
import type { Job, JobWait } from "./job.ts";
import type { Priority } from "./request-values.ts";

/** A hint that a job may be run. */
export interface JobHint {
  readonly jobId: JobId;
  readonly lane: Priority;
}

/** Jobs that may run beside others, or those that must run alone (see `Job.alone`). */
export type RunMode = "shared" | "alone";

/** Why due jobs of an owner wait: its account runs as many as it may, or other owners' jobs wait too. */
export type Hold = "quota" | "fair_share";

/**
 * Which jobs are to run, and in which order: owner after owner, as many in a turn as an owner's weight says (see
 * `rules/turns.ts`), and of one owner by lane, where waiting raises low lanes so that none starves. Jobs of an owner that runs
 * as many as its account allows are left out. Not promised: an order of jobs with the same owner, lane and time.
 */
export interface Dispatch {
  /** Due jobs in the order they should run. A read: {@link import("./attempts.ts").Attempts.claimNext} takes them. `mode`: `shared`. */
  nextQueued(limit: number, mode?: RunMode): Promise<readonly JobHint[]>;
  /** What holds up the due jobs of these owners; owners whose jobs wait for nothing but a free worker are left out. */
  holds(owners: readonly string[]): Promise<ReadonlyMap<string, Hold>>;
  /** `scheduled` → `queued` for those whose time has come. */
  promoteDue(limit: number): Promise<readonly Job[]>;
  /** Ends the pauses of jobs that wait for this, at most so many; those that wait longest first. */
  endWaiting(reason: JobWait["reason"], limit: number): Promise<readonly JobHint[]>;
  /** Due jobs that were not offered for `olderThanMs`; marks them offered now, so that each goes to one caller. `mode`: `shared`. */
  takeUnoffered(olderThanMs: number, limit: number, mode?: RunMode): Promise<readonly JobHint[]>;
}
