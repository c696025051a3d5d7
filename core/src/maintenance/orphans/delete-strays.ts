import type { ServiceDeps } from "../../dependencies.ts";
import { runEach, throwFirst } from "../run-each.ts";
import { isOver, isStray } from "./attempt-files.ts";
import type { StrayFile, StrayUpload } from "./look-through-storage.ts";

type DeleteDeps = Pick<ServiceDeps, "store" | "blobs" | "logger">;

/**
 * Deletes files that no job names, after asking the database once more for each attempt. A file that cannot be deleted
 * does not keep the others; rejects with the first failure at the end. Returns how many were deleted.
 */
export async function deleteFiles(deps: DeleteDeps, strays: readonly StrayFile[]): Promise<number> {
  const attempts = Map.groupBy(strays, ({ jobId, attempt }) => `${jobId}/${attempt}`);
  let deleted = 0;
  const failures = await runEach(attempts.values(), async ([first, ...others]) => {
    if (first === undefined) return;
    const job = await deps.store.jobs.get(first.jobId, null);
    const strayKeys = [first, ...others].map(({ key }) => key).filter((key) => isStray(job, key, first.attempt));
    // A job may name the file of another one that is gone.
    const known = await deps.store.blobs.known(strayKeys);
    const keys = strayKeys.filter((key) => !known.has(key));
    await deps.blobs.remove(keys);
    deleted += keys.length;
  });
  if (deleted > 0) deps.logger.info("files that no job names were deleted", { count: deleted });
  throwFirst(failures);
  return deleted;
}

/** Ends uploads of attempts that are over, like {@link deleteFiles}. */
export async function endUploads(deps: DeleteDeps, uploads: readonly StrayUpload[]): Promise<number> {
  let ended = 0;
  const failures = await runEach(uploads, async ({ upload, of }) => {
    const job = of === null ? null : await deps.store.jobs.get(of.jobId, null);
    if (of !== null && job !== null && !isOver(job, of.attempt)) return;
    await deps.blobs.abortUpload(upload);
    ended += 1;
  });
  if (ended > 0) deps.logger.info("uploads of attempts that are over were ended", { count: ended });
  throwFirst(failures);
  return ended;
}
