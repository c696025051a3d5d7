import { inArray } from "drizzle-orm";
import { type Admission, quotaExceeded } from "../../../accounts/admission.ts";
import type { AppError } from "../../../errors/app-error.ts";
import type { CreateOutcome, NewJob } from "../../../jobs/jobs.ts";
import { storableText } from "../../../jobs/rules/storable.ts";
import { admission, countJobsOfToday, lockAccount } from "./account-usage.ts";
import type { QueryBuilder, SqlConnection } from "./connection.ts";

/** What writes jobs, whatever their owners may have, and says what became of each. */
export type InsertJobs = (
  connection: SqlConnection,
  jobs: readonly NewJob[],
) => Promise<readonly (CreateOutcome | AppError)[]>;

/** Of these owners those with an account. */
export async function ownersWithAccount(
  { schema: { accounts }, read }: SqlConnection,
  owners: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await read((db) =>
    db
      .select({ owner: accounts.owner })
      .from(accounts)
      .where(inArray(accounts.owner, [...owners])),
  );
  return new Set(rows.map(({ owner }) => owner));
}

/**
 * Writes jobs of one owner within the limits of its account, in one transaction that holds the account: of many that come at
 * once, on whatever processes, no more are accepted than may be. What was accepted before under its idempotency key needs no
 * room.
 */
export async function admitJobs(
  connection: SqlConnection,
  owner: string,
  jobs: readonly NewJob[],
  ways: {
    readonly insert: InsertJobs;
    /** Which of these came before. */
    readonly repeated: (connection: SqlConnection, jobs: readonly NewJob[]) => Promise<ReadonlySet<NewJob>>;
  },
): Promise<readonly (CreateOutcome | AppError)[]> {
  return await connection.transaction(async (db) => {
    const within = inTransaction(connection, db);
    const account = await lockAccount(db, connection, owner);
    if (account === null) return await ways.insert(within, jobs);
    const repeated = await ways.repeated(within, jobs);
    const { room, exceeded } = await admission(db, connection, account);
    const keys = new Set<string>();
    let left = room;
    const isAdmitted = jobs.map((job) => {
      const key = job.idempotency && storableText(job.idempotency.key);
      if (repeated.has(job) || (key !== null && keys.has(key))) return true;
      if (left < 1) return false;
      left -= 1;
      if (key !== null) keys.add(key);
      return true;
    });
    const outcomes = await ways.insert(
      within,
      jobs.filter((_, index) => isAdmitted[index]),
    );
    const made = outcomes.filter((outcome) => "kind" in outcome && outcome.kind === "created").length;
    if (made > 0) await countJobsOfToday(db, connection, account, made);
    const rest = outcomes.values();
    return jobs.map((_, index) => {
      if (!isAdmitted[index] && exceeded !== null) return quotaExceeded(exceeded);
      return rest.next().value as CreateOutcome | AppError;
    });
  });
}

/**
 * How many more jobs of the owner may start over: such a job waits again, and makes results again, but is no new job of the
 * day. Holds the owner's account until the transaction ends.
 */
export async function roomAgain(db: QueryBuilder, connection: SqlConnection, owner: string): Promise<Admission> {
  const account = await lockAccount(db, connection, owner);
  if (account === null) return { room: Number.POSITIVE_INFINITY, exceeded: null };
  return await admission(db, connection, { ...account, limits: { ...account.limits, jobsPerDay: null } });
}

/** The connection as what runs in a transaction of it sees it. */
export function inTransaction(connection: SqlConnection, db: QueryBuilder): SqlConnection {
  const run = <T>(queries: (db: QueryBuilder) => Promise<T>): Promise<T> => queries(db);
  return { ...connection, read: run, write: run, transaction: run };
}
