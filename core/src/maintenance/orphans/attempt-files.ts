import type { Job } from "../../jobs/job.ts";
import { isTerminal } from "../../jobs/states.ts";
import { isRecordingPiece } from "../../library/recording-pieces.ts";
import { isId, type JobId } from "../../runtime/ids.ts";

/** The attempt that a stored file or an upload belongs to, by its key. */
export interface AttemptOfFile {
  readonly jobId: JobId;
  readonly attempt: number;
}

// What `storeFiles` and `openCopies` write, and nothing else: files with other keys were not written by this service.
const shape = /^jobs\/([^/]+)\/([1-9]\d{0,8})\/(art_[0-9a-f]{32})\.[A-Za-z0-9]+$/;

/** Reads a key; null when it is none that this service writes. */
export function attemptOfKey(key: string): AttemptOfFile | null {
  const [, jobId = "", attempt = ""] = shape.exec(key) ?? [];
  return isId("job", jobId) ? { jobId, attempt: Number(attempt) } : null;
}

/**
 * Whether this attempt is over according to the database. An attempt that is newer than the database knows is not over:
 * a database that was restored from a backup is older than the files.
 */
export function isOver(job: Job, attempt: number): boolean {
  return attempt < job.attempt || (attempt === job.attempt && job.state !== "running");
}

/**
 * Whether a stored file is orphaned: no job references it, and the attempt that wrote it is over or its job is unknown. Later attempts
 * go on with a piece of a recording, so it is needed until its job is over.
 */
export function isOrphaned(job: Job | null, key: string, attempt: number): boolean {
  if (job === null) return true;
  if (isRecordingPiece(key)) return isTerminal(job.state);
  return isOver(job, attempt) && !job.artifacts.some((artifact) => artifact.storageKey === key);
}
