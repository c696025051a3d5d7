import { inArray, sql } from "drizzle-orm";
import type { Job } from "../../../jobs/job.ts";
import type { QueryBuilder, SqlConnection } from "./connection.ts";

/**
 * Lets the batches of jobs that were queued again go on, in the transaction that queues them: a batch that has jobs to come is never
 * over. One that is being read goes on being read; one whose list could not be read keeps its error, and is not read on.
 */
export async function takeUpBatches(
  db: QueryBuilder,
  { schema: { batches }, time }: SqlConnection,
  jobs: readonly Pick<Job, "batchId">[],
): Promise<void> {
  const ids = [...new Set(jobs.flatMap(({ batchId }) => batchId ?? []))];
  if (ids.length === 0) return;
  // Whatever its state, so that it waits for one that is being ended at this moment.
  await db
    .update(batches)
    .set({
      state: sql`case when ${batches.state} = 'expanding' then 'expanding' else 'running' end`,
      finishedAt: null,
      updatedAt: time.now(),
    })
    .where(inArray(batches.id, ids))
    .returning({ id: batches.id });
}
