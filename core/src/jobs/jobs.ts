import type { AppError } from "../errors/app-error.ts";
import type { ErrorCode } from "../errors/codes.ts";
import type { BatchId, JobId, ScheduleId } from "../runtime/ids.ts";
import type { Job } from "./job.ts";
import type { DownloadRequest, JobEdit } from "./request.ts";
import type { Priority } from "./request-values.ts";
import type { Edited } from "./rules/edit.ts";
import type { JobMove, JobState } from "./states.ts";

/** A job that does not exist yet. */
export interface NewJob {
  readonly id: JobId;
  readonly owner: string;
  readonly request: DownloadRequest;
  readonly priority: Priority;
  readonly labels: Readonly<Record<string, string>>;
  readonly maxAttempts: number;
  /** Stored as `scheduled` when this is in the future by the store's clock, else as `queued`. */
  readonly scheduledFor: Date | null;
  /** See `Job.requestId`. */
  readonly requestId: string | null;
  /** See `Job.traceparent`. */
  readonly traceparent: string | null;
  /** See `Job.batchId`, `Job.scheduleId` and `Job.reusedFrom`. Absent: null. */
  readonly batchId?: BatchId | null;
  readonly scheduleId?: ScheduleId | null;
  readonly reusedFrom?: JobId | null;
  /** See `Job.reuseKey`. Absent: null. */
  readonly reuseKey?: string | null;
  /** Of a link that does not say what is there: by which it is found what jobs with it resolved to. */
  readonly linkKey?: string | null;
  /** Makes a repeated create harmless: unique for an owner, kept for a day at least (see {@link Jobs.forgetKeys}). */
  readonly idempotency: { readonly key: string; readonly fingerprint: string } | null;
}

/** The outcome of a create. */
export type CreateOutcome =
  | { readonly kind: "created"; readonly job: Job }
  /** The same key and fingerprint came before: this is its job as it is now. */
  | { readonly kind: "repeated"; readonly job: Job }
  /** The key was used for something else. */
  | { readonly kind: "conflict" };

/** A position in the list, newest first: the last job of the previous page. */
export interface JobCursor {
  /** When it was made, or when it ended in a list that is ordered by that. */
  readonly createdAt: Date;
  readonly id: JobId;
}

export interface JobQuery {
  /** null: of every owner. */
  readonly owner: string | null;
  readonly states?: readonly JobState[];
  /** All of these labels with these values. */
  readonly labels?: Readonly<Record<string, string>>;
  /** The children of this batch. */
  readonly batchId?: BatchId;
  /** What this schedule made. */
  readonly scheduleId?: ScheduleId;
  /** Part of the URL or the title, any case. */
  readonly text?: string;
  /** The code of the error is one of these. */
  readonly codes?: readonly ErrorCode[];
  /** Made at this time or later, and before that one. */
  readonly createdAfter?: Date;
  readonly createdBefore?: Date;
  /** Ended at this time or later, and before that one. With either, the newest end comes first. */
  readonly finishedAfter?: Date;
  readonly finishedBefore?: Date;
  readonly after?: JobCursor;
  readonly limit: number;
}

/** How many jobs of a filter are in each state. */
export interface JobCounts {
  readonly states: Readonly<Record<JobState, number>>;
  /** False: there are more than were counted, so that each number is a lower bound. */
  readonly exact: boolean;
}

/** Up to how many jobs of a state are counted. */
export const countedOfState = 10_000;
/** Up to how many jobs are counted where the state alone does not tell which: by batch, schedule, label, text or code, or by both times. */
export const countedOfFilter = 1_000;

/** The outcome of an edit. */
export type EditOutcome =
  | { readonly kind: "edited"; readonly job: Job }
  /** There is no such job of the owner. */
  | { readonly kind: "not_found" }
  /** It is not as it was seen. */
  | { readonly kind: "changed" }
  | Exclude<Edited, { kind: "edited" }>;

/** The moves a client may ask for. */
export type ClientMove = Extract<JobMove, "cancel" | "pause" | "resume" | "retry">;

/** The outcome of a move of several jobs. */
export interface MovedJobs {
  readonly moved: readonly Job[];
  /** Those that the owner's account has no room for. */
  readonly refused: readonly { readonly id: JobId; readonly error: AppError }[];
}

/** The jobs, as their owners see them. Reads see all writes that were answered before. */
export interface Jobs {
  /** Writes a new job; atomic together with its idempotency key. */
  create(job: NewJob): Promise<CreateOutcome>;
  /**
   * Writes several new jobs at once, and says what became of each, in their order. One that could not be written is an error in its
   * place, such as `quota_exceeded`; the others have been written.
   */
  createAll(jobs: readonly NewJob[]): Promise<readonly (CreateOutcome | AppError)[]>;
  /** The job, or null when there is none or it belongs to another owner. `owner: null` reads any. */
  get(id: JobId, owner: string | null): Promise<Job | null>;
  /** A page, newest first. A page may be the last one although it is full: an empty page then follows. */
  list(query: JobQuery): Promise<readonly Job[]>;
  /**
   * A client's move. Null when the job is not the owner's or its current state does not allow the move.
   * Throws `quota_exceeded` when the owner's account has no room for a job that starts over.
   * `retry` sets `failures` and `lostWorkers` to 0 and clears the error; `cancel` and `pause` end a running attempt (its next write is refused).
   */
  move(id: JobId, owner: string | null, move: ClientMove): Promise<Job | null>;
  /** The same of several jobs. Those in neither list are not the owner's, or not in a state that allows the move. */
  moveAll(ids: readonly JobId[], owner: string, move: ClientMove): Promise<MovedJobs>;
  /**
   * Notes that the owner wants the recording of a live stream to end. Null when the job is not the owner's, or is neither queued nor
   * running. A job that starts over by hand forgets it.
   */
  askFinish(id: JobId, owner: string | null): Promise<Job | null>;
  /**
   * Changes labels and priority. The labels of the edit are merged into the job's: null takes one away, or all of them.
   * @param seen only while the job is as it was seen
   */
  edit(id: JobId, owner: string | null, edit: JobEdit, seen: Job | null): Promise<EditOutcome>;
  /** Deletes the row in whatever state, and returns it as it was; null when there is none. */
  remove(id: JobId, owner: string | null): Promise<Job | null>;
  /** The same of several jobs. */
  removeAll(ids: readonly JobId[], owner: string): Promise<readonly Job[]>;
  /** How many of an owner's jobs are in each state; `after` and `limit` do not matter. */
  count(query: Omit<JobQuery, "after" | "limit">): Promise<JobCounts>;
  /** The states of these jobs, whoever owns them or of one owner; a job that does not exist is left out. */
  states(ids: readonly JobId[], owner?: string): Promise<ReadonlyMap<JobId, JobState>>;
  /**
   * Forgets the idempotency keys of jobs that are older than a day; returns how many. Called by services: embedders use a key
   * to find a job again for as long as it is there.
   */
  forgetKeys(limit: number): Promise<number>;
  /** How many jobs are in each state. */
  countByState(): Promise<Readonly<Record<JobState, number>>>;
}
