import type { ServiceDeps } from "../dependencies.ts";
import type { AppError } from "../errors/app-error.ts";
import type { Job } from "../jobs/job.ts";
import { deleteReleasedFiles, releaseFiles } from "../library/release-files.ts";
import { runEach, throwFirst } from "./run-each.ts";

type ExpiryDeps = Pick<ServiceDeps, "database" | "blobs" | "logger">;

/**
 * Removes expired results; their jobs stay. The deletion of their files is added to the outbox in the same transaction: what
 * cannot be deleted now is deleted by the task that works off the outbox.
 */
export async function deleteExpiredResults(deps: ExpiryDeps, batch: number, signal?: AbortSignal): Promise<void> {
  const failures: AppError[] = [];
  for (;;) {
    signal?.throwIfAborted();
    // Jobs whose results could not be removed stay listed first, so skip them.
    const page = await deps.database.artifacts.listExpired(batch, failures.length);
    failures.push(...(await runEach(page, (job) => deleteResults(deps, job))));
    if (page.length < batch) break;
  }
  throwFirst(failures);
}

async function deleteResults(deps: ExpiryDeps, job: Job): Promise<void> {
  const keys = job.artifacts.map(({ storageKey }) => storageKey);
  const released = await deps.database.transaction(async (tx) =>
    (await tx.artifacts.clear(job.id)) ? await releaseFiles(tx, keys) : [],
  );
  await deleteReleasedFiles(deps, released);
}
