import { z } from "zod";
import { errorCodeNames } from "../errors/codes.ts";
import type { StoredArtifact } from "../library/artifact.ts";
import type { BatchId, JobId, ScheduleId } from "../runtime/ids.ts";
import type { Media } from "./media.ts";
import type { DownloadRequest } from "./request.ts";
import type { Priority } from "./request-values.ts";
import type { JobStage, JobState } from "./states.ts";

/*
 * Terms. A job is one accepted request; an attempt is one try of a job by one worker, and its number is the fencing
 * token; a lease is a worker's time-limited right to an attempt; an artifact is a stored result file; an event is
 * something that happened to a job, numbered in order, that a client may replay.
 */

export const Progress = z
  .object({
    percent: z.number().nullable().describe("0 to 100 over all stages; never goes back within an attempt."),
    downloadedBytes: z.number().nullable(),
    totalBytes: z.number().nullable().describe("An estimate until everything is there."),
    bytesPerSecond: z.number().nullable(),
    etaSeconds: z.number().nullable(),
    recordedSeconds: z
      .number()
      .optional()
      .describe("How much of a live stream has been recorded; `percent` is null meanwhile. Absent for all others."),
  })
  .meta({ id: "Progress" });
export type Progress = z.infer<typeof Progress>;

/** Progress of a job that has not started. */
export const noProgress: Progress = {
  percent: null,
  downloadedBytes: null,
  totalBytes: null,
  bytesPerSecond: null,
  etaSeconds: null,
};

export const JobError = z
  .object({ code: z.enum(errorCodeNames), detail: z.string(), hint: z.string(), retryable: z.boolean() })
  .meta({ id: "JobError" });
/** Why a job failed, or why its last attempt did. */
export type JobError = z.infer<typeof JobError>;

export const Warning = z.object({ code: z.string(), detail: z.string() }).meta({ id: "Warning" });
/** A part of the request that could not be fulfilled, without failing the job. */
export type Warning = z.infer<typeof Warning>;

/** What a queued job waits for, besides a free worker. */
export interface JobWait {
  readonly reason: "egress" | "retry" | "live";
  /** For people. */
  readonly detail: string;
}

/** The versions that ran an attempt. */
export interface EngineVersions {
  readonly ytDlp: string | null;
  readonly ffmpeg: string | null;
}

/** A job as the store keeps it. Times are Dates, sizes bytes, durations seconds. */
export interface Job {
  readonly id: JobId;
  /** Who submitted it; every query of a client is bounded by this. */
  readonly owner: string;
  readonly state: JobState;
  readonly stage: JobStage | null;
  readonly progress: Progress;
  readonly request: DownloadRequest;
  readonly media: Media | null;
  readonly artifacts: readonly StoredArtifact[];
  /** Number of the newest attempt; 0 before the first. It only grows. */
  readonly attempt: number;
  /** Attempts that count against `maxAttempts`; a drained or paused attempt does not. A retry by hand starts again at 0. */
  readonly failures: number;
  /** Attempts whose worker died without reporting; limits poison jobs. */
  readonly lostWorkers: number;
  /**
   * Its next attempt runs with no other job beside it in the worker's process: its last one crashed the worker, or ran out
   * of memory. An attempt that ends in any other way clears it.
   */
  readonly alone: boolean;
  readonly maxAttempts: number;
  readonly nextAttemptAt: Date | null;
  /** What its next attempt waits for until then; null: what its error says. */
  readonly waiting: JobWait | null;
  readonly error: JobError | null;
  readonly warnings: readonly Warning[];
  readonly priority: Priority;
  readonly labels: Readonly<Record<string, string>>;
  readonly engine: EngineVersions | null;
  /** The worker that holds the lease, and until when. */
  readonly worker: string | null;
  readonly leaseUntil: Date | null;
  /** The request that made it, for the logs of all that it goes through; null where there was none. */
  readonly requestId: string | null;
  /** The traced operation that made it, as in the header `traceparent`; null: none. Its attempts and deliveries belong to that trace. */
  readonly traceparent: string | null;
  /** The batch that it is a child of; null: none. */
  readonly batchId: BatchId | null;
  /** The schedule that made it, itself or by a batch; null: none. */
  readonly scheduleId: ScheduleId | null;
  /** The job whose files are its results; null: it made them itself. */
  readonly reusedFrom: JobId | null;
  /** When its owner asked to end the recording of its live stream; null: not asked. */
  readonly finishAskedAt: Date | null;
  /** By which jobs for the same result are found (see `reuseKeyOf`); null: there are none, or it is not known yet. */
  readonly reuseKey: string | null;
  /** Since when it waits, queued, for the result of another job; null: it does not. */
  readonly joinedAt: Date | null;
  /** Host of the newest attempt: its work folder may still hold parts. */
  readonly host: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly scheduledFor: Date | null;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  /** When the results are deleted; null: kept until deleted by hand. */
  readonly expiresAt: Date | null;
}

/** The owner of every job while keys are off. */
export const localOwner = "local";
