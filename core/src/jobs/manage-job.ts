import type { Actor } from "../audit/audit.ts";
import { announceReopened } from "../batches/announce-reopened.ts";
import type { Repositories } from "../database/database.ts";
import type { ServiceDeps } from "../dependencies.ts";
import { AppError } from "../errors/app-error.ts";
import { type Once, type Written, writeOnce } from "../idempotency/once.ts";
import { removePieces } from "../library/recording-pieces.ts";
import { deleteReleasedFiles, releaseFiles } from "../library/release-files.ts";
import type { JobId } from "../runtime/ids.ts";
import { waitAtMost } from "../runtime/wait-at-most.ts";
import { announceMove, announceRemoved, offer, signalStop } from "./announce.ts";
import type { Job } from "./job.ts";
import type { ClientMove } from "./jobs.ts";
import { type JobState, jobMoves } from "./states.ts";
import { wakeNext } from "./wake-next.ts";

/** The owner's job. Throws `not_found`. */
export async function getJob(
  { database }: { readonly database: Pick<Repositories, "jobs"> },
  id: JobId,
  owner: string | null,
): Promise<Job> {
  const job = await database.jobs.get(id, owner);
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
  const isOne = move !== "cancel" || by === undefined;
  const write = (tx: Repositories): Promise<Job> => moved(tx, { id, owner, move, by });
  const job = isOne ? await write(deps.database) : await deps.database.transaction(write);
  await tellMoved(deps, [job], move);
  return job;
}

/** The same at most once for each idempotency key. */
export async function moveJobOnce(
  deps: ServiceDeps,
  id: JobId,
  owner: string,
  move: ClientMove,
  once: Once<Job> | null,
  by?: Actor,
): Promise<Written<Job>> {
  if (once === null) return { kind: "written", value: await moveJob(deps, id, owner, move, by) };
  const written = await writeOnce(deps, once, (tx) => moved(tx, { id, owner, move, by }));
  if (written.kind === "written") await tellMoved(deps, [written.value], move);
  return written;
}

/**
 * Ends the recording of a live stream and keeps what was recorded, at most once for each idempotency key. Throws `not_found`, or
 * `invalid_state` when the job records nothing.
 */
export async function finishJobOnce(
  deps: ServiceDeps,
  id: JobId,
  owner: string,
  once: Once<Job> | null,
  by?: Actor,
): Promise<Written<Job>> {
  const write = (tx: Repositories): Promise<Job> => finishAsked(tx, id, owner, by);
  const written: Written<Job> =
    once === null
      ? { kind: "written", value: await deps.database.transaction(write) }
      : await writeOnce(deps, once, write);
  if (written.kind === "written") await deps.signals.send({ type: "finish", jobId: id });
  return written;
}

async function finishAsked(tx: Repositories, id: JobId, owner: string, by: Actor | undefined): Promise<Job> {
  const job = await getJob({ database: tx }, id, owner);
  const asked = job.media?.isLive === true ? await tx.jobs.askFinish(id, owner) : null;
  if (asked === null) {
    throw new AppError("invalid_state", `A job that is ${job.state} and records no live stream cannot be finished.`, {
      hint: "Only the recording of a live stream can be finished; `cancel` stops any other job.",
    });
  }
  if (by !== undefined) await tx.audit.add({ action: "job.finished", by, subject: id, owner });
  return asked;
}

/** A move of one job, and who asks for it. */
interface Moving {
  readonly id: JobId;
  readonly owner: string | null;
  readonly move: ClientMove;
  readonly by: Actor | undefined;
}

async function moved(tx: Repositories, { id, owner, move, by }: Moving): Promise<Job> {
  const job = await tx.jobs.move(id, owner, move);
  if (job !== null && move === "cancel" && by !== undefined)
    await tx.audit.add({ action: "job.canceled", by, subject: id, owner: job.owner });
  if (job !== null) return job;
  const current = await getJob({ database: tx }, id, owner);
  throw new AppError("invalid_state", `A job that is ${current.state} cannot be moved by \`${move}\`.`, {
    hint: `\`${move}\` takes jobs that are ${oneOf(jobMoves[move].from)}.`,
  });
}

/** Tells the queue, the followers and the worker of moved jobs, once that is committed. Never rejects. */
export async function tellMoved(deps: ServiceDeps, jobs: readonly Job[], move: ClientMove): Promise<void> {
  if (move === "cancel" || move === "pause") await Promise.all(jobs.map((job) => signalStop(deps, job)));
  await Promise.all(jobs.map((job) => announceMove(deps, job)));
  await offer(
    deps,
    jobs.filter((job) => job.state === "queued"),
  );
  if (move === "cancel" || move === "pause") await wakeNext(deps, jobs);
  // One that waited has no worker that would do it. A retry, which another client may have asked for since, records anew.
  if (move === "cancel")
    await cleaned(
      deps,
      jobs.filter(isRecorded).map(({ id, attempt }) => removePieces(deps, id, attempt)),
    );
  if (move === "retry") await announceReopened(deps, jobs);
}

/** How long a client waits for the storage, in milliseconds. */
const patienceMs = 10_000;

const oneOf = (states: readonly JobState[]): string => states.map((state) => `\`${state}\``).join(" or ");

/**
 * Stops the job if it runs, and deletes its row and files. Throws `not_found`.
 * @param by who asked for it, where that is worth an entry of the audit log
 */
export async function removeJob(deps: ServiceDeps, id: JobId, owner: string | null, by?: Actor): Promise<void> {
  const removed = await deps.database.transaction(async (tx) => {
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
  await tellRemoved(deps, [removed.job], removed.released);
}

/**
 * Tells the worker and the followers of removed jobs, and deletes what is left of them, once that is committed. Never rejects.
 */
export async function tellRemoved(deps: ServiceDeps, jobs: readonly Job[], released: readonly string[]): Promise<void> {
  await Promise.all(jobs.map((job) => Promise.all([signalStop(deps, job), announceRemoved(deps, job)])));
  await wakeNext(deps, jobs);
  const pieces = jobs.filter(isRecorded).map(({ id }) => removePieces(deps, id));
  await cleaned(deps, [deleteReleasedFiles(deps, released), ...pieces]);
}

/** Waits for work on the storage that a task of the maintenance does as well: no longer than a client should. */
async function cleaned({ clock }: Pick<ServiceDeps, "clock">, work: readonly Promise<void>[]): Promise<void> {
  if (work.length > 0) await waitAtMost(clock, patienceMs, Promise.all(work));
}

/** Whether there may be copies of a recording of it. */
const isRecorded = ({ media, attempt }: Job): boolean => attempt > 0 && media?.isLive === true;
