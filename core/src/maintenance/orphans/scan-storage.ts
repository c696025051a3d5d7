import type { ServiceDeps } from "../../dependencies.ts";
import type { Job } from "../../jobs/job.ts";
import type { BlobInfo, UnfinishedUpload } from "../../library/blob-store.ts";
import { isRecordingPiece } from "../../library/recording-pieces.ts";
import type { JobId } from "../../runtime/ids.ts";
import { type AttemptOfFile, attemptOfKey, isOrphaned, isOver } from "./attempt-files.ts";

/** A stored file that no job references. */
export interface OrphanedFile extends BlobInfo, AttemptOfFile {
  /** Whether the database has its job. */
  readonly jobIsKnown: boolean;
}

/** An abandoned upload. */
export interface OrphanedUpload {
  readonly upload: UnfinishedUpload;
  /** Null when the store cannot tell its key: then only its age counts. */
  readonly of: AttemptOfFile | null;
  /** Whether the database has its job, and says that the attempt is over. */
  readonly jobIsKnown: boolean;
}

/** Result of a scan of the storage. */
export interface StorageScan {
  /** All files of jobs of any deployment. */
  readonly files: number;
  readonly bytes: number;
  /** Files that no job references, and their size. */
  readonly orphanedFiles: number;
  readonly orphanedBytes: number;
  /**
   * As far as their share goes. A recording has a copy for each twenty seconds: all of a job are as one file, and those of a job that
   * the database has and says is over are no sign of one that has lost jobs.
   */
  readonly weighed: { readonly files: number; readonly orphaned: number };
  /** The first of them; the next scan finds more. */
  readonly orphans: readonly OrphanedFile[];
  readonly uploads: readonly OrphanedUpload[];
}

/** Most files held in memory and deleted in one run. */
const mostHeld = 10_000;
/** An upload without a key was written to every few seconds while it was alive. */
const keylessAgeMs = 24 * 3_600_000;

/** Scans all files and uploads of jobs; changes nothing. Rejects when the database or the storage does not answer. */
export async function scanStorage(
  { database, blobs, clock }: Pick<ServiceDeps, "database" | "blobs" | "clock">,
  signal?: AbortSignal,
): Promise<StorageScan> {
  const jobs = latestJob((id) => database.jobs.get(id, null));
  const orphans: OrphanedFile[] = [];
  const seen = { files: 0, bytes: 0, orphanedFiles: 0, orphanedBytes: 0 };
  const weighed = { files: 0, orphaned: 0 };
  const recordings = new Set<JobId>();
  for await (const blob of blobs.list("jobs/")) {
    signal?.throwIfAborted();
    const of = attemptOfKey(blob.key);
    if (of === null) continue;
    seen.files += 1;
    seen.bytes += blob.bytes;
    const isPiece = isRecordingPiece(blob.key);
    const counts = !isPiece || !recordings.has(of.jobId);
    if (isPiece) recordings.add(of.jobId);
    if (counts) weighed.files += 1;
    const job = await jobs(of.jobId);
    if (!isOrphaned(job, blob.key, of.attempt) || (await database.blobs.known([blob.key])).size > 0) continue;
    seen.orphanedFiles += 1;
    seen.orphanedBytes += blob.bytes;
    if (counts && (job === null || !isPiece)) weighed.orphaned += 1;
    if (orphans.length < mostHeld) orphans.push({ ...blob, ...of, jobIsKnown: job !== null });
  }
  const uploads: OrphanedUpload[] = [];
  for await (const upload of blobs.listUploads("jobs/")) {
    signal?.throwIfAborted();
    if (uploads.length >= mostHeld) break;
    const of = upload.key === null ? null : attemptOfKey(upload.key);
    if (of === null) {
      const isOld = upload.modifiedAt.getTime() < clock.now().getTime() - keylessAgeMs;
      if (upload.key === null && isOld) uploads.push({ upload, of, jobIsKnown: false });
      continue;
    }
    const job = await jobs(of.jobId);
    if (job === null || isOver(job, of.attempt)) uploads.push({ upload, of, jobIsKnown: job !== null });
  }
  return { ...seen, weighed, orphans, uploads };
}

/** Remembers one job: blob stores list in no particular order, but mostly the files of a job together, which then cost one query. */
function latestJob(read: (id: JobId) => Promise<Job | null>): (id: JobId) => Promise<Job | null> {
  let latest: { readonly id: JobId; readonly job: Job | null } | null = null;
  return async (id) => {
    if (latest?.id !== id) latest = { id, job: await read(id) };
    return latest.job;
  };
}

/**
 * Whether more files than the share are orphaned: that is seldom the result of a crash, and often of a wrong or restored
 * database. The files of a single attempt are never too many, unless the share is 0.
 */
export function exceedsShare(scan: StorageScan, maxShare: number): boolean {
  const { files, orphaned } = scan.weighed;
  if (scan.orphanedFiles === 0) return false;
  const attempts = new Set(scan.orphans.map(({ jobId, attempt }) => `${jobId}/${attempt}`));
  const isOneAttempt = attempts.size === 1 && scan.orphans.length === scan.orphanedFiles;
  return maxShare === 0 || (orphaned > files * maxShare && !isOneAttempt);
}
