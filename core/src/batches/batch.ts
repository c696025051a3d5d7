import { z } from "zod";
import type { JobError } from "../jobs/job.ts";
import type { DownloadTemplate } from "../jobs/request.ts";
import type { BatchId, ScheduleId } from "../runtime/ids.ts";
import type { BatchSource } from "./batch-request.ts";

export const BatchState = z.enum(["expanding", "running", "finished", "failed", "canceled"]).meta({
  id: "BatchState",
  description:
    "`expanding`: its jobs are being made; `running`: all are made, and not all have ended; `finished`: every job has ended, whatever became of it; `failed`: the list could not be read to its end.",
});
export type BatchState = z.infer<typeof BatchState>;

const count = z.int().min(0);
export const BatchCounts = z
  .object({
    total: count.describe("Its jobs, those that are still to be made as far as they are known, and what was skipped."),
    scheduled: count,
    queued: count,
    paused: count,
    running: count,
    succeeded: count,
    failed: count,
    canceled: count,
    skipped: count.describe("Entries of the list that no job was made of; GET /batches/{id}/skipped says why."),
  })
  .meta({ id: "BatchCounts" });
export type BatchCounts = z.infer<typeof BatchCounts>;

export const BatchProgress = z
  .object({
    percent: z.number().nullable().describe("Over all jobs, 0 to 100; null before there are any."),
    downloadedBytes: z.number(),
  })
  .meta({ id: "BatchProgress" });
export type BatchProgress = z.infer<typeof BatchProgress>;

/** How far a list has been read. It is plain JSON, written with the entries of each page. */
export interface Checkpoint {
  /** What is still to be read, the first of it being read; a channel's tabs are lists in its list. */
  readonly lists: readonly { readonly url: string; readonly isNested: boolean }[];
  /** Entries of the first list that were read. */
  readonly offset: number;
  /** Keys of the latest of these, by which the place is found again when the list has changed. */
  readonly tail: readonly string[];
  /** Entries of all lists that were read. */
  readonly read: number;
  /** Of these, those that were wanted. */
  readonly matched: number;
  /** Pages in a row that had nothing new. */
  readonly idlePages: number;
}

/** The checkpoint of a batch that has nothing to read. */
export const nothingToRead: Checkpoint = { lists: [], offset: 0, tail: [], read: 0, matched: 0, idlePages: 0 };

/** A parent of several jobs: of a list of links, or of a collection. Its counts are those of its jobs as they are. */
export interface Batch {
  readonly id: BatchId;
  readonly owner: string;
  readonly state: BatchState;
  readonly title: string | null;
  /** null: it was a list of links. */
  readonly source: BatchSource | null;
  readonly request: DownloadTemplate;
  readonly labels: Readonly<Record<string, string>>;
  readonly maxAttempts: number;
  readonly scheduleId: ScheduleId | null;
  /** Only what its schedule has not taken before. */
  readonly onlyNew: boolean;
  readonly counts: BatchCounts;
  readonly progress: BatchProgress;
  /** Why it could not be read to its end, or why the last try to read on failed. */
  readonly error: JobError | null;
  /** The number of its newest expansion: each write of an expansion carries it, so that one that was superseded changes nothing. */
  readonly expansion: number;
  readonly checkpoint: Checkpoint;
  /** Failed tries to read the same page. */
  readonly failures: number;
  readonly requestId: string | null;
  readonly traceparent: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly finishedAt: Date | null;
}

/** An entry of the list, or a link: a job is made of it, or it is skipped. */
export interface BatchEntry {
  /** What it is recognised by within the batch: its canonical link. */
  readonly key: string;
  /** Its place; unique within the batch, and the order in which jobs are made. */
  readonly position: number;
  readonly url: string;
  readonly title: string | null;
  /** Why no job is made of it; null: one is. */
  readonly skipped: SkipReason | null;
}

/** Why an entry was skipped. */
export interface SkipReason {
  readonly code: JobError["code"];
  readonly detail: string;
}

/** Whether it is over. */
export const isBatchOver = (state: BatchState): boolean =>
  state === "finished" || state === "failed" || state === "canceled";
