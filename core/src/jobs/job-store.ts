import type { StoredArtifact } from "../library/artifact.ts";
import type { DeploymentId, JobId } from "../runtime/ids.ts";
import type { EngineVersions, Job, JobError, Progress, Warning } from "./job.ts";
import type { Media } from "./media.ts";
import type { Priority } from "./presets.ts";
import type { DownloadRequest } from "./request.ts";
import type { JobMove, JobStage, JobState } from "./states.ts";

/** A job that does not exist yet. */
export interface NewJob {
  readonly id: JobId;
  readonly owner: string;
  readonly request: DownloadRequest;
  readonly priority: Priority;
  readonly labels: Readonly<Record<string, string>>;
  readonly maxAttempts: number;
  /** Stored as `scheduled` when this lies ahead of the store's time, else as `queued`. */
  readonly scheduledFor: Date | null;
  /** Makes a repeated create harmless: unique for an owner, kept as long as the job. */
  readonly idempotency: { readonly key: string; readonly fingerprint: string } | null;
}

/** What became of a create. */
export type CreateOutcome =
  | { readonly kind: "created"; readonly job: Job }
  /** The same key and fingerprint came before: this is its job as it is now. */
  | { readonly kind: "repeated"; readonly job: Job }
  /** The key was used for something else. */
  | { readonly kind: "conflict" };

/** One attempt of one job; a write that names an old attempt changes nothing. */
export interface AttemptRef {
  readonly jobId: JobId;
  readonly attempt: number;
}

/** What makes one database another than all others. */
export interface Deployment {
  /** Made with the database, once and for ever; a copy of the database has the same. */
  readonly id: DeploymentId;
  readonly createdAt: Date;
}

/** Who claims, and for how long. */
export interface ClaimOptions {
  readonly worker: string;
  readonly host: string;
  readonly leaseMs: number;
  /** Also jobs that must run alone; the caller then runs nothing beside them. Default: such jobs are left out. */
  readonly alone?: boolean;
}

/** What a running attempt may write while it runs; absent fields stay as they are. */
export interface AttemptPatch {
  readonly stage?: JobStage;
  readonly progress?: Progress;
  readonly media?: Media;
  readonly warnings?: readonly Warning[];
  readonly engine?: EngineVersions;
}

/** The result of an attempt that succeeded. */
export interface AttemptResult {
  readonly artifacts: readonly StoredArtifact[];
  readonly progress: Progress;
  readonly media: Media | null;
  readonly warnings: readonly Warning[];
  readonly engine: EngineVersions | null;
  /** Results are deleted after this time; null keeps them. */
  readonly retentionMs: number | null;
}

/** How an attempt goes back to the queue. */
export interface RequeueOptions {
  /** Shown on the job until the next attempt ends; null for a drained attempt. */
  readonly error: JobError | null;
  /** Not offered before this many milliseconds have passed. */
  readonly delayMs: number;
  /** Whether it counts against `maxAttempts`. */
  readonly countsAsFailure: boolean;
  /**
   * Of an attempt that came to an end by itself, so that its worker is not lost and `lostWorkers` starts again at 0: whether
   * the next one must run alone. Absent for one that was handed back: both stay as they are.
   */
  readonly alone?: boolean;
}

/** A place in the list, newest first: the last job of the page before. */
export interface JobCursor {
  readonly createdAt: Date;
  readonly id: JobId;
}

export interface JobQuery {
  /** null: of every owner. */
  readonly owner: string | null;
  readonly states?: readonly JobState[];
  /** All of these labels with these values. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Part of the URL or the title, any case. */
  readonly text?: string;
  readonly after?: JobCursor;
  readonly limit: number;
}

/** A hint that a job may be run. */
export interface JobHint {
  readonly jobId: JobId;
  readonly lane: Priority;
}

/** Jobs that may run beside others, or those that must run alone (see `Job.alone`). */
export type RunMode = "shared" | "alone";

/** How {@link JobStore.releaseLost} looks for lost workers. */
export interface ReleaseOptions {
  /** A job that took this many workers down is stopped. */
  readonly maxLostWorkers: number;
  readonly limit: number;
  /**
   * Length of the leases that workers take. Call at least four times as often: when the calls of everybody pause for half of
   * it, or the store's clock jumps by as much, the store counts as having been away, and no lease is believed to have run
   * out before it has been steady for a lease and a third.
   */
  readonly leaseMs: number;
}

/** What the sweep gives back from attempts whose lease ran out. */
export interface LostAttempts {
  readonly requeued: readonly Job[];
  /** Jobs that took `maxLostWorkers` workers down and were stopped with `worker_lost`. */
  readonly failed: readonly Job[];
}

/**
 * The truth about jobs. Every decision is one conditional write here; queues and caches only hint.
 *
 * Time is the store's own (the database's clock where there is one): callers pass durations, so hosts with wrong
 * clocks agree on leases. Every method is safe to call from many processes at once. Reads see all writes that were
 * answered before. Methods reject with `unavailable` when the database cannot be reached; a rejected write may or may
 * not have happened.
 *
 * Not promised: fairness between claimers, and an order of jobs with the same lane and time.
 */
export interface JobStore {
  /** Writes a new job; atomic together with its idempotency key. */
  create(job: NewJob): Promise<CreateOutcome>;
  /** The job, or null when there is none or it belongs to another owner. `owner: null` reads any. */
  get(id: JobId, owner: string | null): Promise<Job | null>;
  /** A page, newest first. A page may be the last one although it is full: an empty page then follows. */
  list(query: JobQuery): Promise<readonly Job[]>;
  /**
   * A client's move. Null when the job is not the owner's or its state does not allow the move at this moment.
   * `retry` sets `failures` and `lostWorkers` to 0 and clears the error; `cancel` and `pause` end a running attempt (its next write is refused).
   */
  move(
    id: JobId,
    owner: string | null,
    move: Extract<JobMove, "cancel" | "pause" | "resume" | "retry">,
  ): Promise<Job | null>;
  /** Deletes the row in whatever state, and returns it as it was; null when there is none. */
  remove(id: JobId, owner: string | null): Promise<Job | null>;

  /** Starts an attempt of each of these jobs that is `queued` and due; the others are left out of the answer. */
  claim(ids: readonly JobId[], options: ClaimOptions): Promise<readonly Job[]>;
  /** Extends the lease and writes the patch. False: the attempt is over or superseded, stop now. */
  heartbeat(ref: AttemptRef, leaseMs: number, patch: AttemptPatch): Promise<boolean>;
  /** `running` → `succeeded`. Null: fenced off; the caller deletes what it stored. */
  succeed(ref: AttemptRef, result: AttemptResult): Promise<Job | null>;
  /** `running` → `failed`. Null: fenced off. */
  fail(ref: AttemptRef, error: JobError): Promise<Job | null>;
  /** `running` → `queued`. Null: fenced off. */
  requeue(ref: AttemptRef, options: RequeueOptions): Promise<Job | null>;

  /** Due jobs in the order they should run: by lane, where waiting raises low lanes so that none starves. `mode`: `shared`. */
  nextQueued(limit: number, mode?: RunMode): Promise<readonly JobHint[]>;
  /**
   * Attempts whose worker is lost because their lease ran out while the store was there: `running` → `queued`, after a pause
   * that grows with each loss and to run alone from then on; or → `failed` when `maxLostWorkers` workers were lost.
   */
  releaseLost(options: ReleaseOptions): Promise<LostAttempts>;
  /** Ends the leases of these workers for good, so that {@link releaseLost} finds them at once; returns how many there were. */
  expireLeasesOf(workers: readonly string[]): Promise<number>;
  /** Names of the workers of this host that hold leases. */
  workersOn(host: string): Promise<readonly string[]>;
  /** `scheduled` → `queued` for those whose time has come. */
  promoteDue(limit: number): Promise<readonly Job[]>;
  /** Due jobs that were not offered for `olderThanMs`; marks them offered now, so that each goes to one caller. `mode`: `shared`. */
  takeUnoffered(olderThanMs: number, limit: number, mode?: RunMode): Promise<readonly JobHint[]>;
  /** Jobs whose results are past their time, the longest expired first; without the first `skip` of them. */
  listExpired(limit: number, skip?: number): Promise<readonly Job[]>;
  /** Forgets the artifacts of an expired job, after their bytes were deleted. False when it is not expired (any more). */
  clearArtifacts(id: JobId): Promise<boolean>;
  /** How many jobs are in each state. */
  countByState(): Promise<Readonly<Record<JobState, number>>>;
  /** Which deployment this is: the mark that is written beside its files. Rejects when the database does not say. */
  deployment(): Promise<Deployment>;
  /** Rejects unless the database answers and has the schema of this version. */
  check(signal?: AbortSignal): Promise<void>;
  /** Waits for running writes and frees the connections. */
  close(): Promise<void>;
}
