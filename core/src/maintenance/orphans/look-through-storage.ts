import type { ServiceDeps } from "../../dependencies.ts";
import type { Job } from "../../jobs/job.ts";
import type { BlobInfo, UnfinishedUpload } from "../../library/blob-store.ts";
import type { JobId } from "../../runtime/ids.ts";
import { type AttemptOfFile, attemptOfKey, isOver, isStray } from "./attempt-files.ts";

/** A stored file that no job names. */
export interface StrayFile extends BlobInfo, AttemptOfFile {
  /** Whether the database has its job. */
  readonly jobIsKnown: boolean;
}

/** An abandoned upload. */
export interface StrayUpload {
  readonly upload: UnfinishedUpload;
  /** Null when the store cannot tell its key: then only its age counts. */
  readonly of: AttemptOfFile | null;
  /** Whether the database itself says that its attempt is over. */
  readonly jobIsKnown: boolean;
}

/** Result of a scan of the storage. */
export interface StorageLook {
  /** All files of jobs of any deployment. */
  readonly files: number;
  readonly bytes: number;
  /** Files that no job names, and their bytes. */
  readonly strayFiles: number;
  readonly strayBytes: number;
  /** The first of them; the next scan finds more. */
  readonly strays: readonly StrayFile[];
  readonly uploads: readonly StrayUpload[];
}

/** Most files held in memory and deleted in one run. */
const mostHeld = 10_000;
/** An upload without a key was written to every few seconds while it was alive. */
const keylessAgeMs = 24 * 3_600_000;

/** Scans all files and uploads of jobs; changes nothing. Rejects when the database or the storage does not answer. */
export async function lookThroughStorage(
  { store, blobs, clock }: Pick<ServiceDeps, "store" | "blobs" | "clock">,
  signal?: AbortSignal,
): Promise<StorageLook> {
  const jobs = latestJob((id) => store.jobs.get(id, null));
  const strays: StrayFile[] = [];
  const seen = { files: 0, bytes: 0, strayFiles: 0, strayBytes: 0 };
  for await (const blob of blobs.list("jobs/")) {
    signal?.throwIfAborted();
    const of = attemptOfKey(blob.key);
    if (of === null) continue;
    seen.files += 1;
    seen.bytes += blob.bytes;
    const job = await jobs(of.jobId);
    if (!isStray(job, blob.key, of.attempt) || (await store.blobs.known([blob.key])).size > 0) continue;
    seen.strayFiles += 1;
    seen.strayBytes += blob.bytes;
    if (strays.length < mostHeld) strays.push({ ...blob, ...of, jobIsKnown: job !== null });
  }
  const uploads: StrayUpload[] = [];
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
  return { ...seen, strays, uploads };
}

/** Stores promise no order, but the files of a job mostly come together, and then cost one query. */
function latestJob(read: (id: JobId) => Promise<Job | null>): (id: JobId) => Promise<Job | null> {
  let latest: { readonly id: JobId; readonly job: Job | null } | null = null;
  return async (id) => {
    if (latest?.id !== id) latest = { id, job: await read(id) };
    return latest.job;
  };
}

/**
 * Whether more files than the share have no job: that is seldom the result of a crash, and often a wrong or restored
 * database. The files of one attempt are never too many, unless the share is 0.
 */
export function exceedsShare(look: StorageLook, maxShare: number): boolean {
  if (look.strayFiles === 0) return false;
  const attempts = new Set(look.strays.map(({ jobId, attempt }) => `${jobId}/${attempt}`));
  const isOneAttempt = attempts.size === 1 && look.strays.length === look.strayFiles;
  return maxShare === 0 || (look.strayFiles > look.files * maxShare && !isOneAttempt);
}
