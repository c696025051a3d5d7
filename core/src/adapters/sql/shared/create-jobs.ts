import { and, eq, getTableColumns, or, type SQL, sql } from "drizzle-orm";
import type { PgTable } from "drizzle-orm/pg-core";
import { AppError, isAppError, toAppError } from "../../../errors/app-error.ts";
import { type Job, noProgress } from "../../../jobs/job.ts";
import type { CreateOutcome, NewJob } from "../../../jobs/jobs.ts";
import { requestSchemaVersion } from "../../../jobs/request.ts";
import { laneOffsetMs } from "../../../jobs/rules/lanes.ts";
import { isSameRequest } from "../../../jobs/rules/same-request.ts";
import { searchText } from "../../../jobs/rules/search-text.ts";
import { storableJson, storableText, storableTime, storedCopy } from "../../../jobs/rules/storable.ts";
import type { JobId } from "../../../runtime/ids.ts";
import { admitJobs, type InsertJobs, ownersWithAccount } from "./admit-jobs.ts";
import type { QueryBuilder, SqlConnection } from "./connection.ts";
import { toJob } from "./job-row.ts";
import type { JobRow, Schema } from "./schema.ts";

/**
 * Writes new jobs, and says what became of each, in their order. A job that could not be written is an error in its place: the
 * others have been written by then. Those of owners without an account go together, in one transaction.
 */
export async function createJobs(
  connection: SqlConnection,
  jobs: readonly NewJob[],
): Promise<readonly (CreateOutcome | AppError)[]> {
  const outcomes = await insertJobs(connection, jobs, "without account");
  const leftOut = jobs.filter((_, index) => outcomes[index] === null);
  if (leftOut.length === 0) return outcomes as readonly (CreateOutcome | AppError)[];
  const later = new Map<NewJob, CreateOutcome | AppError>();
  for (const [owner, own] of Map.groupBy(leftOut, (job) => storableText(job.owner))) {
    const admitted = await admitJobs(connection, owner, own, { insert: insertAll, repeated }).catch(toAppError);
    own.forEach((job, index) => {
      later.set(job, isAppError(admitted) ? admitted : (admitted[index] as CreateOutcome | AppError));
    });
  }
  return jobs.map((job, index) => outcomes[index] ?? (later.get(job) as CreateOutcome | AppError));
}

const insertAll: InsertJobs = async (connection, jobs) =>
  (await insertJobs(connection, jobs, "all")) as readonly (CreateOutcome | AppError)[];

/** Which of these jobs came before, by their idempotency keys. */
async function repeated(connection: SqlConnection, jobs: readonly NewJob[]): Promise<ReadonlySet<NewJob>> {
  const earlier = await earlierJobs(connection, jobs);
  return new Set(jobs.filter((job) => earlierJob(job, earlier) !== undefined));
}

/**
 * Writes jobs in one transaction.
 *
 * @param which `without account` leaves those out whose owner has one: null stands in their place
 */
async function insertJobs(
  connection: SqlConnection,
  jobs: readonly NewJob[],
  which: "all" | "without account",
): Promise<readonly (CreateOutcome | AppError | null)[]> {
  if (jobs.length === 0) return [];
  const { schema } = connection;
  const entries = jobs.map(toEntry);
  const ordered = entries.toSorted(inOrderOfLocks);
  const list = storableJson(ordered);
  const hasLabels = jobs.some((job) => Object.keys(job.labels).length > 0);
  const insert = async (db: QueryBuilder): Promise<Inserted[]> => {
    const inserted = await db
      .insert(schema.jobs)
      .select(newRows(connection, list, which))
      .onConflictDoNothing()
      .returning({ id: schema.jobs.id, state: schema.jobs.state, createdAt: schema.jobs.createdAt });
    if (hasLabels && inserted.length > 0)
      await db.insert(schema.jobLabels).select(labelRows(connection, inserted, ordered));
    return inserted;
  };
  const inserted = hasLabels ? await connection.transaction(insert) : await connection.write(insert);
  const byId = new Map(inserted.map((row) => [row.id, row]));
  const missing = jobs.filter((job) => !byId.has(job.id));
  const owners = [...new Set(missing.map((job) => storableText(job.owner)))];
  const withAccount =
    which === "all" || owners.length === 0 ? new Set<string>() : await ownersWithAccount(connection, owners);
  const earlier = await earlierJobs(
    connection,
    missing.filter((job) => !withAccount.has(storableText(job.owner))),
  );
  const answered = new Set<JobId>();
  return jobs.map((job, index) => {
    const row = byId.get(job.id);
    const entry = entries[index];
    if (row && entry && !answered.has(job.id)) {
      answered.add(job.id);
      return { kind: "created", job: toNewJob(row, entry) };
    }
    return row === undefined && withAccount.has(storableText(job.owner)) ? null : repeatOutcome(job, earlier);
  });
}

function earlierJob({ owner, idempotency }: NewJob, earlier: readonly JobRow[]): JobRow | undefined {
  const key = idempotency && storableText(idempotency.key);
  return earlier.find((row) => key !== null && row.owner === storableText(owner) && row.idempotencyKey === key);
}

function repeatOutcome(job: NewJob, earlier: readonly JobRow[]): CreateOutcome | AppError {
  const row = earlierJob(job, earlier);
  if (job.idempotency === null) return new AppError("internal_error", `The job ${job.id} exists already.`);
  if (!row) return new AppError("unavailable", "The job of this idempotency key was deleted at the same time.");
  const earlierRequest = { fingerprint: row.idempotencyFingerprint, request: row.request };
  return isSameRequest(earlierRequest, job) ? { kind: "repeated", job: toJob(row) } : { kind: "conflict" };
}

async function earlierJobs(connection: SqlConnection, jobs: readonly NewJob[]): Promise<readonly JobRow[]> {
  const keys = jobs.flatMap(({ owner, idempotency }) => (idempotency ? { owner, key: idempotency.key } : []));
  return keys.length === 0 ? [] : await connection.read((db) => jobsOfKeys(db, connection, keys));
}

/** The jobs that were made with these idempotency keys. */
export function jobsOfKeys(
  db: QueryBuilder,
  { schema: { jobs } }: SqlConnection,
  keys: readonly { readonly owner: string; readonly key: string }[],
) {
  const isOne = keys.map(({ owner, key }) =>
    and(eq(jobs.owner, storableText(owner)), eq(jobs.idempotencyKey, storableText(key))),
  );
  return db
    .select()
    .from(jobs)
    .where(or(...isOne));
}

/**
 * Two batches with the same idempotency keys must lock them in the same order, or they deadlock. Keys are scoped to an owner:
 * two owners may use the same one.
 */
function inOrderOfLocks(a: Entry, b: Entry): number {
  return compare(a.owner, b.owner) || compare(a.key ?? "", b.key ?? "") || compare(a.id, b.id);
}

const compare = (a: string, b: string): number => Number(a > b) - Number(a < b);

/** What the database gives to a new job. */
type Inserted = Pick<JobRow, "id" | "state" | "createdAt">;

/** What made a job. */
type Origin = "batchId" | "scheduleId" | "reusedFrom";

/** What a new job brings along. All jobs of a batch go as one list of these, so that the statement is always the same. */
interface Entry
  extends Pick<
    JobRow,
    "id" | "owner" | "priority" | "labels" | "maxAttempts" | "searchUrl" | "requestId" | "traceparent" | Origin
  > {
  readonly request: NewJob["request"];
  /** What its lane shifts its place by. */
  readonly laneMs: number;
  readonly reuseKey: string | null;
  readonly linkKey: string | null;
  readonly key: string | null;
  readonly fingerprint: string | null;
  /** Milliseconds since 1970. */
  readonly scheduledFor: number | null;
}

function toEntry(job: NewJob): Entry {
  const { id, owner, request, priority, labels, maxAttempts, idempotency, scheduledFor, requestId, traceparent } = job;
  return {
    id,
    owner: storableText(owner),
    request: storedCopy(request),
    priority,
    labels: storedCopy(labels),
    maxAttempts,
    searchUrl: searchText(request.url),
    requestId: requestId && storableText(requestId),
    traceparent,
    batchId: job.batchId ?? null,
    scheduleId: job.scheduleId ?? null,
    reusedFrom: job.reusedFrom ?? null,
    laneMs: laneOffsetMs[priority],
    reuseKey: job.reuseKey ?? null,
    linkKey: job.linkKey ?? null,
    key: idempotency && storableText(idempotency.key),
    fingerprint: idempotency && storableText(idempotency.fingerprint),
    scheduledFor: scheduledFor && storableTime(scheduledFor).getTime(),
  };
}

/** The rows of a list of entries, with their columns in the order of the table. */
function newRows({ schema, time, listed }: SqlConnection, list: string, which: "all" | "without account"): SQL {
  const { from, text, integer, json, timestamp } = listed(list);
  const now = time.now();
  const due = timestamp("scheduledFor");
  const none = sql`null`;
  const zero = sql`0`;
  const emptyList = sql`'[]'`;
  const cells: Readonly<Record<keyof JobRow, SQL>> = {
    id: text("id"),
    owner: text("owner"),
    state: sql`case when ${due} > ${now} then 'scheduled' else 'queued' end`,
    stage: none,
    schemaVersion: sql.raw(String(requestSchemaVersion)),
    request: json("request"),
    progress: sql.raw(`'${JSON.stringify(noProgress)}'`),
    media: none,
    artifacts: emptyList,
    artifactCount: zero,
    warnings: emptyList,
    error: none,
    labels: json("labels"),
    engine: none,
    attempt: zero,
    failures: zero,
    lostWorkers: zero,
    alone: zero,
    maxAttempts: integer("maxAttempts"),
    priority: text("priority"),
    rank: time.plus(now, integer("laneMs")),
    offeredAt: now,
    nextAttemptAt: none,
    waiting: none,
    worker: none,
    host: none,
    leaseUntil: none,
    idempotencyKey: text("key"),
    idempotencyFingerprint: text("fingerprint"),
    requestId: text("requestId"),
    traceparent: text("traceparent"),
    batchId: text("batchId"),
    scheduleId: text("scheduleId"),
    reusedFrom: text("reusedFrom"),
    reuseKey: text("reuseKey"),
    linkKey: text("linkKey"),
    shareable: zero,
    joinedAt: none,
    searchUrl: text("searchUrl"),
    searchTitle: sql`''`,
    createdAt: now,
    updatedAt: now,
    scheduledFor: due,
    startedAt: none,
    finishedAt: none,
    expiresAt: none,
    finishAskedAt: none,
  };
  const { accounts } = schema;
  const hasAccount = sql`exists (select 1 from ${accounts} where ${accounts.owner} = ${text("owner")})`;
  return selectFor(schema.jobs, cells, from, which === "all" ? undefined : sql`not ${hasAccount}`);
}

/** The labels of the jobs that were inserted, of which an entry may be none. */
function labelRows({ schema, listed }: SqlConnection, inserted: readonly Inserted[], entries: readonly Entry[]): SQL {
  const times = new Map(inserted.map(({ id, createdAt }) => [id, createdAt.getTime()]));
  const labels = entries.flatMap(({ id, owner, labels: all }) => {
    const createdAt = times.get(id);
    // Of two entries with one id the first was inserted.
    times.delete(id);
    return createdAt === undefined
      ? []
      : Object.entries(all).map(([name, value]) => ({ jobId: id, name, value, owner, createdAt }));
  });
  const { from, text, timestamp } = listed(JSON.stringify(labels));
  const cells = {
    jobId: text("jobId"),
    name: text("name"),
    value: text("value"),
    owner: text("owner"),
    createdAt: timestamp("createdAt"),
  } satisfies Readonly<Record<keyof LabelRow, SQL>>;
  return selectFor(schema.jobLabels, cells, from);
}

type LabelRow = Schema["jobLabels"]["$inferSelect"];

/** A select for an insert: it names every column, in the order of the table. */
function selectFor(table: PgTable, cells: Readonly<Record<string, SQL>>, from: SQL, where: SQL = sql`true`): SQL {
  const names = Object.keys(getTableColumns(table));
  // SQLite would take an `on conflict` that follows for the condition of a join, were there no `where`.
  return sql`select ${sql.join(
    names.map((name) => cells[name] ?? sql`null`),
    sql`, `,
  )} from ${from} where ${where}`;
}

function toNewJob({ state, createdAt }: Inserted, entry: Entry): Job {
  const { id, owner, request, labels, maxAttempts, priority, scheduledFor, requestId, traceparent } = entry;
  return {
    id,
    owner,
    state,
    stage: null,
    progress: noProgress,
    request,
    media: null,
    artifacts: [],
    attempt: 0,
    failures: 0,
    lostWorkers: 0,
    alone: false,
    maxAttempts,
    nextAttemptAt: null,
    reuseKey: entry.reuseKey,
    joinedAt: null,
    waiting: null,
    error: null,
    warnings: [],
    priority,
    labels,
    engine: null,
    worker: null,
    leaseUntil: null,
    requestId,
    traceparent,
    batchId: entry.batchId,
    scheduleId: entry.scheduleId,
    reusedFrom: entry.reusedFrom,
    host: null,
    createdAt,
    updatedAt: createdAt,
    scheduledFor: scheduledFor === null ? null : new Date(scheduledFor),
    startedAt: null,
    finishedAt: null,
    expiresAt: null,
    finishAskedAt: null,
  };
}
