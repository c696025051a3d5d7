import type { ServiceDeps } from "../../dependencies.ts";
import { runEach, throwFirst } from "../run-each.ts";
import { isOrphaned, isOver } from "./attempt-files.ts";
import type { OrphanedFile, OrphanedUpload } from "./scan-storage.ts";

type DeleteDeps = Pick<ServiceDeps, "database" | "blobs" | "logger">;

/**
 * Deletes orphaned files, after checking the database once more for each attempt. A file that cannot be deleted does not
 * prevent the deletion of the others; rejects with the first failure at the end. Returns how many were deleted.
 */
export async function deleteFiles(deps: DeleteDeps, orphans: readonly OrphanedFile[]): Promise<number> {
  const attempts = Map.groupBy(orphans, ({ jobId, attempt }) => `${jobId}/${attempt}`);
  let deleted = 0;
  const failures = await runEach(attempts.values(), async ([first, ...others]) => {
    if (first === undefined) return;
    const job = await deps.database.jobs.get(first.jobId, null);
    const orphanedKeys = [first, ...others].map(({ key }) => key).filter((key) => isOrphaned(job, key, first.attempt));
    // Artifacts of another job may reference the blob.
    const known = await deps.database.blobs.known(orphanedKeys);
    const keys = orphanedKeys.filter((key) => !known.has(key));
    await deps.blobs.remove(keys);
    deleted += keys.length;
  });
  if (deleted > 0) deps.logger.info("files that no job names were deleted", { count: deleted });
  throwFirst(failures);
  return deleted;
}

/** Ends uploads of attempts that are over, like {@link deleteFiles}. */
export async function endUploads(deps: DeleteDeps, uploads: readonly OrphanedUpload[]): Promise<number> {
  let ended = 0;
  const failures = await runEach(uploads, async ({ upload, of }) => {
    const job = of === null ? null : await deps.database.jobs.get(of.jobId, null);
    if (of !== null && job !== null && !isOver(job, of.attempt)) return;
    await deps.blobs.abortUpload(upload);
    ended += 1;
  });
  if (ended > 0) deps.logger.info("uploads of attempts that are over were ended", { count: ended });
  throwFirst(failures);
  return ended;
}
