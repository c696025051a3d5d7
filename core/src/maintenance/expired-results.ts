import type { ServiceDeps } from "../dependencies.ts";
import type { AppError } from "../errors/app-error.ts";
import type { Job } from "../jobs/job.ts";
import { runEach, throwFirst } from "./run-each.ts";

type ExpiryDeps = Pick<ServiceDeps, "store" | "blobs">;

/** Deletes results past their time; their jobs stay. A file that cannot be deleted keeps its job as it is, until it can. */
export async function deleteExpiredResults(deps: ExpiryDeps, batch: number, signal?: AbortSignal): Promise<void> {
  const failures: AppError[] = [];
  for (;;) {
    signal?.throwIfAborted();
    // Jobs that failed stay expired, and stand before those that were not looked at yet.
    const page = await deps.store.artifacts.listExpired(batch, failures.length);
    failures.push(...(await runEach(page, (job) => deleteResults(deps, job))));
    if (page.length < batch) break;
  }
  throwFirst(failures);
}

async function deleteResults({ store, blobs }: ExpiryDeps, job: Job): Promise<void> {
  throwFirst(await runEach(job.artifacts, (artifact) => blobs.remove([artifact.storageKey])));
  await store.artifacts.clear(job.id);
}
