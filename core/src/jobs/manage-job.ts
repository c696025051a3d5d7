import type { Actor } from "../audit/audit.ts";
import type { ServiceDeps } from "../dependencies.ts";
import { AppError } from "../errors/app-error.ts";
import { deleteReleasedFiles, releaseFiles } from "../library/release-files.ts";
import type { JobId } from "../runtime/ids.ts";
import { announce, offer, signalStop } from "./announce.ts";
import { jobTopic } from "./event-log.ts";
import type { Job } from "./job.ts";
import type { ClientMove } from "./jobs.ts";

/** The owner's job. Throws `not_found`. */
export async function getJob(deps: Pick<ServiceDeps, "store">, id: JobId, owner: string | null): Promise<Job> {
  const job = await deps.store.jobs.get(id, owner);
  if (job === null) throw new AppError("not_found", `There is no job ${id}.`);
  return job;
}

/**
 * Moves a job. Throws `not_found`, or `invalid_state` with the state that stood in the way.
 * @param by who asked for it, where that is worth an entry of the audit log
 */
export async function moveJob(
  deps: ServiceDeps,
  id: JobId,
  owner: string | null,
  move: ClientMove,
  by?: Actor,
): Promise<Job> {
  const job =
    move === "cancel" && by !== undefined
      ? await cancel(deps, id, owner, by)
      : await deps.store.jobs.move(id, owner, move);
  if (job === null) {
    const current = await getJob(deps, id, owner);
    throw new AppError("invalid_state", `A job that is ${current.state} cannot be moved by \`${move}\`.`);
  }
  if (move === "cancel" || move === "pause") await signalStop(deps, job);
  await announce(deps, job);
  if (job.state === "queued") await offer(deps, [job]);
  return job;
}

function cancel({ store }: ServiceDeps, id: JobId, owner: string | null, by: Actor): Promise<Job | null> {
  return store.transaction(async (tx) => {
    const job = await tx.jobs.move(id, owner, "cancel");
    if (job !== null) await tx.audit.add({ action: "job.canceled", by, subject: id, owner: job.owner });
    return job;
  });
}

/**
 * Stops the job if it runs, and deletes its row and files. Throws `not_found`.
 * @param by who asked for it, where that is worth an entry of the audit log
 */
export async function removeJob(deps: ServiceDeps, id: JobId, owner: string | null, by?: Actor): Promise<void> {
  const removed = await deps.store.transaction(async (tx) => {
    const job = await tx.jobs.remove(id, owner);
    if (job === null) return null;
    if (by !== undefined) {
      const detail = { state: job.state };
      await tx.audit.add({ action: "job.deleted", by, subject: id, owner: job.owner, detail });
    }
    const keys = job.artifacts.map((artifact) => artifact.storageKey);
    return { job, released: keys.length === 0 ? [] : await releaseFiles(tx, keys) };
  });
  if (removed === null) throw new AppError("not_found", `There is no job ${id}.`);
  await signalStop(deps, removed.job);
  try {
    await deps.events.remove(jobTopic(id));
  } catch (error) {
    // They expire by themselves, and nobody can ask for them without the row.
    deps.logger.warn("events of a deleted job are left to their end", { jobId: id, error });
  }
  await deleteReleasedFiles(deps, removed.released);
}
