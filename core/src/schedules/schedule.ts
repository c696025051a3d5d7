import { z } from "zod";
import type { BatchRequest } from "../batches/batch-request.ts";
import type { JobError } from "../jobs/job.ts";
import type { DownloadRequest } from "../jobs/request.ts";
import type { BatchId, JobId, ScheduleId } from "../runtime/ids.ts";

export const ScheduleState = z.enum(["active", "paused", "finished"]).meta({ id: "ScheduleState" });
/** Whether a schedule runs: `finished` says that it has no time left to run at. */
export type ScheduleState = z.infer<typeof ScheduleState>;

/** When a schedule runs: once at `runAt`, or whenever `cron` says so, by the clocks of `timeZone`. One of the two is null. */
export interface ScheduleRule {
  readonly runAt: Date | null;
  readonly cron: string | null;
  /** IANA name, such as `Europe/Berlin`. */
  readonly timeZone: string;
}

/** What the latest run came to: a job or a batch was made, or it was refused. */
export interface ScheduleResult {
  readonly jobId: JobId | null;
  readonly batchId: BatchId | null;
  /** Jobs that it made; null while its list is read. */
  readonly new: number | null;
  /** Why nothing was made, or why the list of its batch could not be read to its end. */
  readonly error: JobError | null;
}

/** Who may read the feed of a schedule without a key. Hashes only: the token is shown once. */
export interface FeedAccess {
  /** Of the token that opens the feed. */
  readonly tokenHash: string;
  /** Of the token that is made of it, and opens the files that the feed names. */
  readonly fileHash: string;
  readonly createdAt: Date;
}

/** What each run makes: a download or a batch. The other is null. */
export interface ScheduleWork {
  readonly download: DownloadRequest | null;
  readonly batch: BatchRequest | null;
  /** Of the list of the batch only what the schedule has not taken before. */
  readonly onlyNew: boolean;
}

/** A rule that makes jobs later, or again and again. */
export interface Schedule extends ScheduleRule, ScheduleWork {
  readonly id: ScheduleId;
  readonly owner: string;
  readonly name: string;
  readonly state: ScheduleState;
  /** When it runs next; null unless it is active. */
  readonly nextRunAt: Date | null;
  readonly lastRunAt: Date | null;
  /** The time that the latest run was due at, which it may have been late for. A run by hand was due at no time. */
  readonly lastDueAt: Date | null;
  readonly lastResult: ScheduleResult | null;
  readonly feed: FeedAccess | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
