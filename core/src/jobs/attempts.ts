import type { StoredArtifact } from "../library/artifact.ts";
import type { JobId } from "../runtime/ids.ts";
import type { EngineVersions, Job, JobError, JobWait, Progress, Warning } from "./job.ts";
import type { Media } from "./media.ts";
import type { JobStage } from "./states.ts";

/** One attempt of one job; a write with the number of an old attempt changes nothing. */
export interface AttemptRef {
  readonly jobId: JobId;
  readonly attempt: number;
}

/** Who claims, and for how long. */
export interface ClaimOptions {
  readonly worker: string;
  readonly host: string;
  readonly leaseMs: number;
  /** Also jobs that must run alone; the caller then runs nothing beside them. Default: such jobs are left out. */
  readonly alone?: boolean;
}

/** How {@link Attempts.claimNext} claims. */
export interface ClaimNextOptions extends Omit<ClaimOptions, "alone"> {
  /** A hint said that a job waits. Without one a store may look first, so that idle workers neither write nor wait for each other. */
  readonly hinted?: boolean;
}

/** What a running attempt may write while it runs; absent fields stay as they are. */
export interface AttemptPatch {
  readonly stage?: JobStage;
  readonly progress?: Progress;
  readonly media?: Media;
  readonly warnings?: readonly Warning[];
  readonly engine?: EngineVersions;
  /** Which media the link leads to is known now; see `Job.reuseKey`. */
  readonly reuseKey?: string | null;
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
  /** Nothing private was used for it, neither cookies nor an egress of its own; false. */
  readonly shareable?: boolean;
}

/** How an attempt goes back to the queue. */
export interface RequeueOptions {
  /** Shown on the job until the next attempt ends; null for a drained attempt. */
  readonly error: JobError | null;
  /** Not offered before this many milliseconds have passed. */
  readonly delayMs: number;
  /** Whether it counts against `maxAttempts`. */
  readonly countsAsFailure: boolean;
  /** What it waits for meanwhile; absent: what its error says. */
  readonly waiting?: JobWait;
  /**
   * Of an attempt that came to an end by itself, so that its worker is not lost and `lostWorkers` starts again at 0: whether
   * the next one must run alone. Absent for one that was handed back: both stay as they are.
   */
  readonly alone?: boolean;
}

/**
 * The attempts of jobs, and what a worker writes of them. Each write is one conditional statement that carries the
 * attempt's number: a worker that lost its job changes nothing.
 *
 * A claimed attempt has no stage until it begins: with the heartbeat that writes one, before anything of the job runs. Until then
 * nobody knows whether the worker has heard of it (see {@link import("./leases.ts").Leases.releaseLost}).
 *
 * Attempts start one claim after the other, whoever claims: an owner's `runningJobs` is never overrun.
 * Not promised: fairness between claimers.
 */
export interface Attempts {
  /** Starts attempts of up to `limit` due jobs that may run beside others, in the order of {@link import("./dispatch.ts").Dispatch}. */
  claimNext(limit: number, options: ClaimNextOptions): Promise<readonly Job[]>;
  /**
   * Starts an attempt of each of these jobs that is `queued` and due, and that its owner's limit leaves room for; the others
   * are left out of the answer.
   */
  claim(ids: readonly JobId[], options: ClaimOptions): Promise<readonly Job[]>;
  /**
   * After a claim whose answer was lost: the attempts that it started all the same, each with a new lease. These are the attempts
   * under this worker's name that have not begun and are not among `known`, those that the worker runs. Waits for the end of
   * claims that are under way, so none is made after it.
   */
  adopt(known: readonly AttemptRef[], worker: Pick<ClaimOptions, "worker" | "leaseMs">): Promise<readonly Job[]>;
  /** Extends the lease and writes the patch. False: the attempt is over or superseded and must stop. */
  heartbeat(ref: AttemptRef, leaseMs: number, patch: AttemptPatch): Promise<boolean>;
  /** `running` → `succeeded`. Null: fenced off; the caller deletes what it stored. */
  succeed(ref: AttemptRef, result: AttemptResult): Promise<Job | null>;
  /** `running` → `failed`. Null: fenced off. */
  fail(ref: AttemptRef, error: JobError): Promise<Job | null>;
  /** `running` → `queued`. Null: fenced off. */
  requeue(ref: AttemptRef, options: RequeueOptions): Promise<Job | null>;
}
