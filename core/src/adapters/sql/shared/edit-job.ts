import { and, eq, type SQL } from "drizzle-orm";
import type { Job } from "../../../jobs/job.ts";
import type { EditOutcome } from "../../../jobs/jobs.ts";
import type { JobEdit } from "../../../jobs/request.ts";
import { edited, isAsSeen } from "../../../jobs/rules/edit.ts";
import { laneOffsetMs } from "../../../jobs/rules/lanes.ts";
import { storedCopy } from "../../../jobs/rules/storable.ts";
import type { QueryBuilder, SqlConnection } from "./connection.ts";
import { toJob } from "./job-row.ts";

/** Edits a job, as statements of one transaction: the row is locked while it is decided on. */
export async function editJob(
  db: QueryBuilder,
  connection: SqlConnection,
  where: SQL | undefined,
  edit: JobEdit,
  seen: Job | null,
): Promise<EditOutcome> {
  const { schema, time } = connection;
  const { jobs, jobLabels } = schema;
  const [row] = await connection.lock(db.select().from(jobs).where(where), "wait");
  if (row === undefined) return { kind: "not_found" };
  const job = toJob(row);
  if (seen !== null && !isAsSeen(job, seen)) return { kind: "changed" };
  const outcome = edited(job, storedCopy(edit));
  if (outcome.kind !== "edited") return outcome;
  const { labels, priority } = outcome;
  const shift = laneOffsetMs[priority] - laneOffsetMs[job.priority];
  const [after] = await db
    .update(jobs)
    .set({ labels, priority, rank: time.plus(jobs.rank.getSQL(), shift), updatedAt: time.now() })
    .where(and(where, eq(jobs.attempt, job.attempt)))
    .returning();
  if (after === undefined) return { kind: "changed" };
  if (edit.labels !== undefined) {
    const { id: jobId, owner, createdAt } = after;
    await db.delete(jobLabels).where(eq(jobLabels.jobId, jobId)).returning({ name: jobLabels.name });
    const rows = Object.entries(labels).map(([name, value]) => ({ jobId, name, value, owner, createdAt }));
    if (rows.length > 0) await db.insert(jobLabels).values(rows).returning({ name: jobLabels.name });
  }
  return { kind: "edited", job: toJob(after) };
}
