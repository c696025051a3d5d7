import type { Job } from "../../jobs/job.ts";
import type { MemoryState } from "./state.ts";

/** Lets the batch of a job that is queued again go on. One whose list could not be read keeps its error, and is not read on. */
export function takeUpBatch({ batches }: MemoryState, { batchId }: Pick<Job, "batchId">, now: Date): void {
  const row = batchId === null ? undefined : batches.get(batchId);
  if (row === undefined || row.batch.state === "expanding") return;
  const batch = { ...row.batch, state: "running" as const, finishedAt: null, updatedAt: now };
  batches.set(batch.id, { ...row, batch });
}
