import { and, eq, gt, gte, lt, type SQL, sql } from "drizzle-orm";
import type { Usage } from "../../../accounts/accounts.ts";
import { type Admission, admissionOf } from "../../../accounts/admission.ts";
import { type Limits, noLimits } from "../../../accounts/limits.ts";
import type { SlotRow } from "../../../accounts/slots.ts";
import { type UsagePeriod, type UsagePeriods, usagePeriodsAt } from "../../../accounts/usage-periods.ts";
import type { JobState } from "../../../jobs/states.ts";
import { toAccount } from "./account-row.ts";
import { hasArtifacts, stateIn } from "./conditions.ts";
import type { QueryBuilder, SqlConnection } from "./connection.ts";

/** The states of jobs that wait. */
const waiting: readonly JobState[] = ["scheduled", "queued", "paused"];

/** An account, and the periods that its usage is counted in. */
export interface CountedAccount {
  readonly owner: string;
  readonly limits: Limits;
  readonly periods: UsagePeriods;
}

const selectAccount = (db: QueryBuilder, { schema: { accounts }, time }: SqlConnection, owner: string) =>
  db
    .select({ account: accounts, now: sql<Date>`${time.now()}`.mapWith(accounts.createdAt) })
    .from(accounts)
    .where(eq(accounts.owner, owner));

/** Locks the owner's account until the transaction ends; null when there is none. */
export async function lockAccount(
  db: QueryBuilder,
  connection: SqlConnection,
  owner: string,
): Promise<CountedAccount | null> {
  const [row] = await connection.lock(selectAccount(db, connection, owner), "wait");
  return row === undefined ? null : { owner, limits: toAccount(row.account).limits, periods: usagePeriodsAt(row.now) };
}

/** How many more jobs the owner may have. The account must be locked. */
export async function admission(
  db: QueryBuilder,
  connection: SqlConnection,
  { owner, limits, periods }: CountedAccount,
): Promise<Admission> {
  const counted = async (limit: number | null, count: () => Promise<number>): Promise<number> =>
    limit === null ? 0 : await count();
  const usage = {
    queuedJobs: await counted(limits.queuedJobs, () => countJobs(db, connection, owner, waiting, limits.queuedJobs)),
    jobsPerDay: await counted(limits.jobsPerDay, () => jobsOf(db, connection, owner, periods.day)),
    bytesPerMonth: await counted(limits.bytesPerMonth, () => bytesOf(db, connection, owner, periods.month)),
    storedBytes: await counted(limits.storedBytes, () => storedBytes(db, connection, owner)),
  };
  return admissionOf(limits, usage, periods);
}

/** What the owner uses. Of an owner without limits, whose jobs may be many, what would take long is not counted. */
export async function usageOf(db: QueryBuilder, connection: SqlConnection, owner: string): Promise<Usage> {
  const { accounts, deployment } = connection.schema;
  const [row] = await selectAccount(db, connection, owner);
  const now = sql<Date>`${connection.time.now()}`.mapWith(accounts.createdAt);
  // The one table with a row for certain.
  const [clock] = row === undefined ? await db.select({ now }).from(deployment).limit(1) : [row];
  const limits = row === undefined ? noLimits : toAccount(row.account).limits;
  const { day, month } = usagePeriodsAt(clock?.now ?? new Date(0));
  const counted = async (limit: number | null, count: () => Promise<number>): Promise<number | null> =>
    limit === null ? null : await count();
  return {
    runningJobs: await countJobs(db, connection, owner, ["running"]),
    queuedJobs: await countJobs(db, connection, owner, waiting),
    jobsPerDay:
      row === undefined ? await countMade(db, connection, owner, day) : await jobsOf(db, connection, owner, day),
    bytesPerMonth: await counted(limits.bytesPerMonth, () => bytesOf(db, connection, owner, month)),
    storedBytes: await counted(limits.storedBytes, () => storedBytes(db, connection, owner)),
    probes: await counted(limits.probes, () => heldSlots(db, connection, { owner, kind: "probes" })),
    streams: await counted(limits.streams, () => heldSlots(db, connection, { owner, kind: "streams" })),
  };
}

/** Slots whose lease has not expired; of all holders, or of some. */
export async function heldSlots(
  db: QueryBuilder,
  { schema: { accountSlots }, time }: SqlConnection,
  { owner, kind }: SlotRow,
  ofHolders?: SQL,
): Promise<number> {
  const isHeld = gt(accountSlots.leaseUntil, time.now());
  const held = and(eq(accountSlots.owner, owner), eq(accountSlots.kind, kind), isHeld, ofHolders);
  return await sumOf(db, sql`${accountSlots.held}`, accountSlots, held);
}

async function sumOf(
  db: QueryBuilder,
  value: SQL,
  from: Parameters<ReturnType<QueryBuilder["select"]>["from"]>[0],
  where: SQL | undefined,
): Promise<number> {
  const [row] = await db
    .select({ sum: sql<number>`coalesce(sum(${value}), 0)`.mapWith(Number) })
    .from(from)
    .where(where);
  return row?.sum ?? 0;
}

/** The owner's jobs in these states; not counted further than to a bound. */
async function countJobs(
  db: QueryBuilder,
  { schema: { jobs } }: SqlConnection,
  owner: string,
  states: readonly JobState[],
  bound: number | null = null,
): Promise<number> {
  const some = db
    .select({ id: jobs.id })
    .from(jobs)
    .where(and(eq(jobs.owner, owner), stateIn(states)));
  const counted = (bound === null ? some : some.limit(bound + 1)).as("counted");
  const [row] = await db.select({ count: sql<number>`count(*)`.mapWith(Number) }).from(counted);
  return row?.count ?? 0;
}

/** Bytes of the owner's results that are kept; a file that several jobs of the owner have is kept once. */
async function storedBytes(
  db: QueryBuilder,
  { schema: { jobs, artifacts, blobs } }: SqlConnection,
  owner: string,
): Promise<number> {
  const files = db
    .selectDistinct({ key: blobs.key, bytes: blobs.bytes })
    .from(jobs)
    .innerJoin(artifacts, eq(artifacts.jobId, jobs.id))
    .innerJoin(blobs, eq(blobs.key, artifacts.blobKey))
    .where(and(eq(jobs.owner, owner), hasArtifacts))
    .as("files");
  const [row] = await db.select({ bytes: sql<number>`coalesce(sum(${files.bytes}), 0)`.mapWith(Number) }).from(files);
  return row?.bytes ?? 0;
}

/** Bytes of the results of jobs that ended in a period, deleted ones included. */
async function bytesOf(
  db: QueryBuilder,
  { schema: { history } }: SqlConnection,
  owner: string,
  { from, until }: UsagePeriod,
): Promise<number> {
  const ended = and(eq(history.owner, owner), gte(history.endedAt, from), lt(history.endedAt, until));
  return await sumOf(db, sql`${history.bytes}`, history, ended);
}

/** How many jobs were accepted in a day, deleted ones included. On a day without a counter yet: how many of them still exist. */
async function jobsOf(db: QueryBuilder, connection: SqlConnection, owner: string, day: UsagePeriod): Promise<number> {
  return (await countedJobs(db, connection, owner, day)) ?? (await countMade(db, connection, owner, day));
}

async function countedJobs(
  db: QueryBuilder,
  { schema: { accountUsage } }: SqlConnection,
  owner: string,
  day: UsagePeriod,
): Promise<number | null> {
  const [row] = await db
    .select({ jobs: accountUsage.jobs })
    .from(accountUsage)
    .where(and(eq(accountUsage.owner, owner), eq(accountUsage.day, day.name)));
  return row?.jobs ?? null;
}

async function countMade(
  db: QueryBuilder,
  { schema: { jobs } }: SqlConnection,
  owner: string,
  { from, until }: UsagePeriod,
): Promise<number> {
  const [row] = await db
    .select({ count: sql<number>`count(*)`.mapWith(Number) })
    .from(jobs)
    .where(and(eq(jobs.owner, owner), gte(jobs.createdAt, from), lt(jobs.createdAt, until)));
  return row?.count ?? 0;
}

/** Counts jobs of today that were made in this transaction. The account must be locked. */
export async function countJobsOfToday(
  db: QueryBuilder,
  connection: SqlConnection,
  { owner, periods: { day } }: CountedAccount,
  made: number,
): Promise<void> {
  const { accountUsage } = connection.schema;
  const before = await countedJobs(db, connection, owner, day);
  const jobs = before === null ? await countMade(db, connection, owner, day) : before + made;
  await db
    .insert(accountUsage)
    .values({ owner, day: day.name, jobs })
    .onConflictDoUpdate({ target: [accountUsage.owner, accountUsage.day], set: { jobs } })
    .returning({ day: accountUsage.day });
  const isOld = and(eq(accountUsage.owner, owner), lt(accountUsage.day, day.name));
  await db.delete(accountUsage).where(isOld).returning({ day: accountUsage.day });
}
