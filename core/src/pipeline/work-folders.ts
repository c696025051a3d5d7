import type { DeploymentMark } from "../library/deployment-mark.ts";
import type { JobId } from "../runtime/ids.ts";

/** A folder on this host's disk for one job; survives attempts on the same host so that partial downloads continue. */
export interface WorkFolder {
  /** Absolute path. */
  readonly path: string;
  /** Writes a small text file into it, atomically; returns its absolute path. */
  write(name: string, text: string): Promise<string>;
  /** A text file of it, or null when there is none. */
  read(name: string): Promise<string | null>;
  /** Size of an ordinary file in it, or in a folder within, by its absolute path; null when there is none. */
  bytesOf(path: string): Promise<number | null>;
  /** Sum of the sizes of its files, in bytes. */
  size(): Promise<number>;
  /** Deletes it with everything in it. */
  remove(): Promise<void>;
  /** This process no longer writes into it; the next attempt may continue in it. Never rejects. */
  release(): Promise<void>;
}

/** The work folders of this host. */
export interface WorkFolders {
  /** Which deployment these folders belong to. */
  readonly mark: DeploymentMark;
  /**
   * The job's folder; made when missing. While another process of this host may still write into the existing one (a
   * superseded attempt that does not know it yet), a new empty one. Rejects with `disk_full` or `storage_error`.
   */
  open(jobId: JobId): Promise<WorkFolder>;
  /** Jobs that have a folder here. */
  list(): Promise<readonly JobId[]>;
  /** Deletes the folders of a job, except those that an attempt may still write into. */
  remove(jobId: JobId): Promise<void>;
  /** Bytes that can still be written. */
  freeBytes(): Promise<number>;
  /** Rejects unless a file can be written, read and deleted. */
  check(): Promise<void>;
}
