import type { EngineVersions } from "../jobs/job.ts";
import type { JobId, WorkerId } from "../runtime/ids.ts";

/** What a worker process says of itself with each heartbeat. */
export interface WorkerBeat {
  readonly id: WorkerId;
  /** The name under which it holds leases. */
  readonly name: string;
  readonly host: string;
  readonly pid: number;
  /** The version of Vidferry. */
  readonly version: string;
  readonly engine: EngineVersions;
  readonly concurrency: number;
  /** Free space of the disk that it works on, in bytes; null: it cannot be read. */
  readonly freeBytes: number | null;
  /** It is nothing but a worker, and so may be told to drain: the API does not end with it. */
  readonly standalone: boolean;
  /** It takes no more jobs, and ends when those that run have. */
  readonly draining: boolean;
}

/** An attempt that a worker runs. */
export interface WorkerAttempt {
  readonly jobId: JobId;
  readonly attempt: number;
  readonly startedAt: Date | null;
}

/** A worker process as it is kept. */
export interface WorkerRecord extends Omit<WorkerBeat, "draining"> {
  /** `gone`: it has ended, or was not heard of for too long. */
  readonly state: "active" | "draining" | "gone";
  readonly drainRequestedAt: Date | null;
  readonly startedAt: Date;
  readonly seenAt: Date;
  /** What it holds leases of. */
  readonly running: readonly WorkerAttempt[];
}

/** A worker that was not heard of for this long, in milliseconds, is gone: many heartbeats, since a database may be away. */
export const workerGoneAfterMs = 30_000;

/** Why a worker was not told to drain, if it was not. */
export type DrainOutcome = "asked" | "not_found" | "not_standalone" | "gone";

/**
 * The worker processes of a service, by their own account. For people and dashboards: who may run what is decided by leases
 * alone.
 */
export interface Workers {
  /** Writes that the worker lives. Says whether it was asked to drain. */
  beat(beat: WorkerBeat): Promise<{ readonly drain: boolean }>;
  /** The worker has ended. */
  leave(id: WorkerId): Promise<void>;
  /** All of them, the newest first; one that was not heard of for `goneAfterMs` is `gone`. */
  list(goneAfterMs: number): Promise<readonly WorkerRecord[]>;
  /** Asks a worker to drain; it learns so with its next heartbeat. Asking again changes nothing. */
  drain(id: WorkerId, goneAfterMs: number): Promise<DrainOutcome>;
  /** Forgets those that were not heard of for this long; returns their number. */
  prune(olderThanMs: number): Promise<number>;
}
