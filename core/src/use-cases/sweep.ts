import { isId, type JobId } from "../job/ids.ts";
import type { Job } from "../job/job.ts";
import { isTerminal } from "../job/states.ts";
import type { WorkFolders } from "../ports/work-folders.ts";
import type { ServiceDeps } from "./dependencies.ts";

/** Deletes the work folders of this host that no job will come back to. Returns how many. */
export async function sweepWorkFolders(
  deps: Pick<ServiceDeps, "store" | "logger"> & { readonly workFolders: WorkFolders },
  host: string,
  isRunningHere: (id: JobId) => boolean,
): Promise<number> {
  let removed = 0;
  for (const id of await deps.workFolders.list()) {
    if (isRunningHere(id)) continue;
    const job = await deps.store.get(id, null);
    const movedAway = job !== null && job.state === "running" && job.host !== host;
    // Asked again: a claim may have started on this host while the store was being read.
    if ((job === null || isTerminal(job.state) || movedAway) && !isRunningHere(id)) {
      await deps.workFolders.remove(id);
      removed += 1;
    }
  }
  return removed;
}

/**
 * Deletes stored files that no job names: of attempts that were superseded or killed between storing and writing, and of
 * deleted jobs. Reads the whole list of blobs, so it runs seldom. `olderThanMs` spares attempts that are just storing.
 */
export async function sweepBlobs(
  deps: Pick<ServiceDeps, "store" | "blobs" | "clock" | "logger">,
  olderThanMs: number,
): Promise<number> {
  await deps.blobs.abortUploads(olderThanMs);
  const before = deps.clock.now().getTime() - olderThanMs;
  const orphans: string[] = [];
  // Stores promise no order, but the files of an attempt mostly come together, and then cost one query.
  let latest: JobId | null = null;
  let job: Job | null = null;
  for await (const blob of deps.blobs.list("jobs/")) {
    if (blob.modifiedAt.getTime() > before) continue;
    const [, id = "", attempt = ""] = blob.key.split("/");
    if (!isId("job", id)) continue;
    if (latest !== id) job = await deps.store.get(id, null);
    latest = id;
    const named = job?.artifacts.some((artifact) => artifact.storageKey === blob.key) ?? false;
    const storing = job !== null && job.state === "running" && String(job.attempt) === attempt;
    if (!named && !storing) orphans.push(blob.key);
  }
  if (orphans.length > 0) {
    deps.logger.info("files that no job names were deleted", { count: orphans.length });
    await deps.blobs.remove(orphans);
  }
  return orphans.length;
}
