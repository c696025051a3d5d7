import type { AttemptRef, AttemptResult } from "../jobs/attempts.ts";
import type { Job } from "../jobs/job.ts";
import type { Media } from "../jobs/media.ts";
import type { JobId } from "../runtime/ids.ts";

/** Whose results a job may have: its owner's, or anybody's that were made without anything private. */
export type ReuseScope = "owner" | "shared";

/** Which kept results would do for a request. */
export interface KeptQuery {
  readonly owner: string;
  readonly key: string;
  readonly scope: ReuseScope;
  /** Ended at most so long ago, in milliseconds. */
  readonly maxAgeMs: number;
  /** Ended at this time or later; null: whenever. */
  readonly since: Date | null;
  readonly limit: number;
}

/** What a job gets that has the result of another one. */
export interface ReusedResult extends Omit<AttemptResult, "shareable"> {
  readonly reusedFrom: JobId;
}

/** Jobs of an owner that are for the same result. */
export interface SameResult {
  readonly owner: string;
  readonly key: string;
}

/**
 * What one job may have of another (see {@link import("./reuse-key.ts").reuseKeyOf}): its kept result, or the one that it is
 * making. A job that waits for another one with its fingerprint is `queued`, has joined it (`Job.joinedAt`), and no worker takes it
 * meanwhile. It waits for any job with its fingerprint rather than for a certain one, so that one in many goes on when that
 * one fails, and so that none waits for itself.
 */
export interface Reuse {
  /** What the newest job of the owner with this link found there, if it was made at most `maxAgeMs` ago; null: none was. */
  mediaOf(owner: string, linkKey: string, maxAgeMs: number): Promise<Media | null>;
  /** Succeeded jobs with their files, the latest first; of several owners the own ones first. */
  kept(query: KeptQuery): Promise<readonly Job[]>;
  /**
   * `queued` or `running` → `succeeded` with the result of another job, whose files get a reference more. It has no fingerprint
   * any more: the job that made the result stays the one that is found. Null: the job is no
   * longer as `of` says (no attempt: it is `queued`), or one of the files is no longer kept; nothing has changed then.
   */
  finish(of: { readonly jobId: JobId; readonly attempt: number | null }, result: ReusedResult): Promise<Job | null>;
  /**
   * `running` → `queued`: waits for another job of its owner with this fingerprint, which runs. Null: no other one does, or this
   * attempt is over. Of several that call it at once, one is refused. It counts as no failure, and ends after `longestMs` at the latest.
   */
  join(ref: AttemptRef, of: SameResult, longestMs: number): Promise<Job | null>;
  /** The owner's queued jobs with this fingerprint, joined or not, in the order in which they would run. */
  waiting(of: SameResult, limit: number): Promise<readonly Job[]>;
  /** Lets the first of the jobs that have joined go on, unless another one with this fingerprint runs or is about to. */
  wake(of: SameResult): Promise<Job | null>;
  /** Fingerprints of joined jobs for which no other one runs or is about to. */
  stranded(limit: number): Promise<readonly SameResult[]>;
}
