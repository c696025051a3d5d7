import { and, eq, or, sql } from "drizzle-orm";
import { AppError } from "../../../errors/app-error.ts";
import { noProgress } from "../../../jobs/job.ts";
import type { CreateOutcome, NewJob } from "../../../jobs/job-store.ts";
import { requestSchemaVersion } from "../../../jobs/request.ts";
import { laneOffsetMs } from "../../../jobs/rules/lanes.ts";
import { isSameRequest } from "../../../jobs/rules/same-request.ts";
import { searchText } from "../../../jobs/rules/search-text.ts";
import { storableText, storableTime } from "../../../jobs/rules/storable.ts";
import type { JobId } from "../../../runtime/ids.ts";
import type { Database, SqlConnection } from "./connection.ts";
import { toJob } from "./row.ts";
import type { JobRow, Schema } from "./schema.ts";

/**
 * Writes new jobs in one transaction, and says what became of each, in their order. A job that could not be written is
 * an error in its place: the others have been written by then.
 */
export async function createJobs(
  connection: SqlConnection,
  jobs: readonly NewJob[],
): Promise<readonly (CreateOutcome | AppError)[]> {
  const ordered = [...jobs].sort(inOrderOfLocks);
  const rows = ordered.map((job) => newRow(connection, job));
  const hasLabels = jobs.some((job) => Object.keys(job.labels).length > 0);
  const { schema } = connection;
  const insert = async (db: Database): Promise<JobRow[]> => {
    const inserted = await db.insert(schema.jobs).values(rows).onConflictDoNothing().returning();
    const labels = inserted.flatMap(labelRows);
    if (labels.length > 0) await db.insert(schema.jobLabels).values(labels);
    return inserted;
  };
  const inserted = hasLabels ? await connection.transaction(insert) : await connection.write(insert);
  const byId = new Map(inserted.map((row) => [row.id, row]));
  const earlier = await earlierJobs(
    connection,
    jobs.filter((job) => !byId.has(job.id)),
  );
  const answered = new Set<JobId>();
  return jobs.map((job) => {
    const row = byId.get(job.id);
    if (row && !answered.has(job.id)) {
      answered.add(job.id);
      return { kind: "created", job: toJob(row) };
    }
    return repeatOutcome(job, earlier);
  });
}

function repeatOutcome(job: NewJob, earlier: readonly JobRow[]): CreateOutcome | AppError {
  const key = job.idempotency && storableText(job.idempotency.key);
  const owner = storableText(job.owner);
  const row = earlier.find((candidate) => candidate.owner === owner && candidate.idempotencyKey === key);
  if (key === null) return new AppError("internal_error", `The job ${job.id} exists already.`);
  if (!row) return new AppError("unavailable", "The job of this idempotency key was deleted at the same moment.");
  const earlierRequest = { fingerprint: row.idempotencyFingerprint, request: row.request };
  return isSameRequest(earlierRequest, job) ? { kind: "repeated", job: toJob(row) } : { kind: "conflict" };
}

async function earlierJobs({ schema, read }: SqlConnection, jobs: readonly NewJob[]): Promise<readonly JobRow[]> {
  const table = schema.jobs;
  const keys = jobs.flatMap(({ owner, idempotency }) =>
    idempotency
      ? and(eq(table.owner, storableText(owner)), eq(table.idempotencyKey, storableText(idempotency.key)))
      : [],
  );
  if (keys.length === 0) return [];
  return await read((db) =>
    db
      .select()
      .from(table)
      .where(or(...keys)),
  );
}

/**
 * Two batches that hold the same idempotency keys must take them in the same order, or they wait for each other in a
 * circle. A key is an owner's: two owners may have the same one.
 */
function inOrderOfLocks(a: NewJob, b: NewJob): number {
  return (
    compare(a.owner, b.owner) || compare(a.idempotency?.key ?? "", b.idempotency?.key ?? "") || compare(a.id, b.id)
  );
}

const compare = (a: string, b: string): number =>
  Number(storableText(a) > storableText(b)) - Number(storableText(a) < storableText(b));

function labelRows({ id, owner, createdAt, labels }: JobRow): Schema["jobLabels"]["$inferInsert"][] {
  return Object.entries(labels).map(([name, value]) => ({ jobId: id, name, value, owner, createdAt }));
}

function newRow({ time }: SqlConnection, job: NewJob): Insertable<Schema["jobs"]["$inferInsert"]> {
  const now = time.now();
  const { idempotency } = job;
  const scheduledFor = job.scheduledFor && storableTime(job.scheduledFor);
  return {
    id: job.id,
    owner: storableText(job.owner),
    // The same text for every job, so that the statement is prepared once.
    state: sql`case when ${time.at(scheduledFor)} > ${now} then 'scheduled' else 'queued' end`,
    schemaVersion: requestSchemaVersion,
    request: job.request,
    progress: noProgress,
    artifacts: [],
    artifactCount: 0,
    warnings: [],
    labels: job.labels,
    attempt: 0,
    failures: 0,
    lostWorkers: 0,
    maxAttempts: job.maxAttempts,
    priority: job.priority,
    rank: time.plus(now, laneOffsetMs[job.priority]),
    offeredAt: now,
    idempotencyKey: idempotency && storableText(idempotency.key),
    idempotencyFingerprint: idempotency && storableText(idempotency.fingerprint),
    searchUrl: searchText(job.request.url),
    searchTitle: "",
    createdAt: now,
    updatedAt: now,
    scheduledFor,
  };
}

/** Columns that may be given as an expression. */
type Insertable<T> = { [K in keyof T]: T[K] | ReturnType<typeof sql> };
