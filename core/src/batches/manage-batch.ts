import type { Actor } from "../audit/audit.ts";
import type { ServiceDeps } from "../dependencies.ts";
import { AppError } from "../errors/app-error.ts";
import { type BulkAction, changeJobs } from "../jobs/bulk.ts";
import type { JobCursor } from "../jobs/jobs.ts";
import { tellMoved } from "../jobs/manage-job.ts";
import { placeOf } from "../jobs/rules/list-order.ts";
import type { BatchId } from "../runtime/ids.ts";
import { announceBatch } from "./announce-batch.ts";
import type { BatchOutcomes } from "./archive.ts";
import { type Batch, isBatchOver } from "./batch.ts";

/** Jobs that are changed in one transaction. */
const jobsAtOnce = 200;

/** The owner's batch. Throws `not_found`. */
export async function getBatch(
  { database }: Pick<ServiceDeps, "database">,
  id: BatchId,
  owner: string | null,
): Promise<Batch> {
  const batch = await database.batches.get(id, owner);
  if (batch === null) throw new AppError("not_found", `There is no batch ${id}.`);
  return batch;
}

/**
 * Ends the batch: no more jobs are made, and those that have not ended are canceled. When the process dies in between, a second call
 * goes on with the jobs. Throws `not_found`, and `invalid_state` when it is over and none of its jobs goes on.
 */
export async function cancelBatch(deps: ServiceDeps, id: BatchId, owner: string, by: Actor): Promise<Batch> {
  const ended = await deps.database.transaction(async (tx) => {
    const batch = await tx.batches.cancel(id, owner);
    if (batch !== null) await tx.audit.add({ action: "batch.canceled", by, subject: id, owner });
    return batch;
  });
  const changed = await changeChildren(deps, id, owner, "cancel");
  const batch = await getBatch(deps, id, owner);
  if (ended === null && changed === 0) {
    throw new AppError("invalid_state", `A batch that is ${batch.state} cannot be canceled.`, {
      hint: "Read the batch's `state` first.",
    });
  }
  await announceBatch(deps, batch);
  return batch;
}

/**
 * Runs the failed jobs of the batch again, as far as the owner's account has room; one whose list could not be read to its end is
 * read on. Throws `not_found`, `invalid_state` when there is nothing to run again, `quota_exceeded`.
 */
export async function retryBatch(deps: ServiceDeps, id: BatchId, owner: string): Promise<Batch> {
  const before = await getBatch(deps, id, owner);
  let retried = 0;
  for (let after: JobCursor | undefined; ; ) {
    const query = { owner, batchId: id, states: ["failed"], limit: jobsAtOnce } as const;
    const page = await deps.database.jobs.list({ ...query, ...(after && { after }) });
    const last = page.at(-1);
    if (last === undefined) break;
    after = placeOf(last, query);
    // In one transaction, so that a batch with jobs that go on is never over.
    const { moved, refused } = await deps.database.transaction(async (tx) => {
      const ids = page.map((job) => job.id);
      const outcome = await tx.jobs.moveAll(ids, owner, "retry");
      if (outcome.moved.length > 0) await tx.batches.reopen(id, owner);
      return outcome;
    });
    await tellMoved(deps, moved, "retry");
    retried += moved.length;
    const [first] = refused;
    if (first !== undefined && retried === 0) throw first.error;
    if (first !== undefined) break;
  }
  const isUnread = before.error !== null && !(before.state === "canceled");
  if (retried === 0 && !isUnread) {
    throw new AppError("invalid_state", "No job of the batch has failed.", {
      hint: "Only failed jobs are run again; canceled ones by POST /api/v1/downloads/bulk.",
    });
  }
  if (retried === 0) await deps.database.batches.reopen(id, owner);
  const batch = await getBatch(deps, id, owner);
  await announceBatch(deps, batch);
  return batch;
}

/**
 * Deletes the batch with its jobs and their files. When the process dies in between, a second call goes on. Throws `not_found`.
 */
export async function removeBatch(deps: ServiceDeps, id: BatchId, owner: string, by: Actor): Promise<void> {
  const batch = await getBatch(deps, id, owner);
  // First, so that no more jobs are made.
  if (!isBatchOver(batch.state)) await deps.database.batches.cancel(id, owner);
  await changeChildren(deps, id, owner, "delete");
  await deps.database.transaction(async (tx) => {
    if (!(await tx.batches.remove(id, owner))) return;
    await tx.audit.add({ action: "batch.deleted", by, subject: id, owner, detail: { state: batch.state } });
  });
  await announceBatch(deps, batch, deps.clock.now());
}

/** Ends the batches whose jobs have all ended, and tells of them. Returns how many. */
export async function settleBatches(deps: ServiceDeps, limit: number, outcomes?: BatchOutcomes): Promise<number> {
  const ended = await deps.database.transaction(async (tx) => {
    const batches = await tx.batches.settle(limit);
    for (const batch of batches) await outcomes?.tell(tx, batch);
    return batches;
  });
  await Promise.all(ended.map((batch) => announceBatch(deps, batch)));
  return ended.length;
}

/** Does the same to all jobs of a batch that it can be done to; returns to how many. */
async function changeChildren(deps: ServiceDeps, batchId: BatchId, owner: string, action: BulkAction): Promise<number> {
  let changed = 0;
  for (let after: JobCursor | undefined; ; ) {
    const target = { filter: { batchId }, limit: jobsAtOnce, ...(after && { after }) };
    const written = await changeJobs(deps, { owner, action, target }, null);
    if (written.kind === "repeated") return changed;
    const { items, next } = written.value;
    changed += items.filter(({ error }) => error === null).length;
    if (next === null) return changed;
    after = next;
  }
}
