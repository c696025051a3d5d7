import type { SQL, SQLWrapper } from "drizzle-orm";
import type { PgDatabase, PgQueryResultHKT } from "drizzle-orm/pg-core";
import type { Schema } from "./schema.ts";

/** What the store asks of Drizzle: the queries that both dialects have, typed as PostgreSQL's. */
export type QueryBuilder = Pick<
  PgDatabase<PgQueryResultHKT, Record<string, never>>,
  "select" | "selectDistinct" | "insert" | "update" | "delete" | "with" | "$with"
>;

/** How a dialect writes timestamps. The store's time is the database's where it has a clock. */
export interface SqlTime {
  /** The store's time, to the millisecond; the same for a whole statement. */
  now(): SQL<Date>;
  /** A timestamp plus a number of milliseconds, which may be negative. */
  plus(timestamp: SQL, ms: number | SQL): SQL<Date>;
  /** A given timestamp, or null. */
  at(timestamp: Date | null): SQL<Date | null>;
}

/** Row lock of a select before a write: wait for locked rows or skip them. A dialect with one writer needs none. */
export type LockMode = "wait" | "skip";

/** A select that can lock its rows. */
export interface Lockable<T> {
  for(strength: "update", options?: { skipLocked: true }): T;
}

/** A write of one statement that returns something of what it changed. */
export type Write = SQLWrapper & PromiseLike<readonly unknown[]>;

/** A list of objects, given to the database as JSON and read there as rows. */
export interface ListedRows {
  readonly from: SQL;
  text(field: string): SQL;
  integer(field: string): SQL;
  json(field: string): SQL;
  /** A timestamp, in the list in milliseconds since 1970. */
  timestamp(field: string): SQL;
}

/** An open database: the few things in which the dialects differ. */
export interface SqlConnection {
  readonly schema: Schema;
  readonly time: SqlTime;
  /** A select of the ids of jobs that may hold a text: all that do, and a few more. */
  searchCandidates(owner: string | null, text: string): SQL;
  /** The rows of a JSON list of objects: one parameter, however many there are. */
  listed(list: string): ListedRows;
  /** Adds the dialect's row lock to a select. */
  lock<T extends Lockable<unknown>>(select: T, mode: LockMode): T;
  /**
   * A column of a select: while the transaction goes on, the server ends it when its client says nothing for this long. For locks
   * that everybody waits for. Nothing where no other process is the server.
   */
  endsWhenSilent(ms: number): SQL<string | null>;
  /**
   * Runs two writes of a transaction, neither of which sees the other; in one statement where the dialect can do that.
   * @param run builds the second from its query builder
   */
  together<T>(db: QueryBuilder, first: Write, run: (db: Pick<QueryBuilder, "update">) => PromiseLike<T>): Promise<T>;
  /**
   * Runs reads; they see every write that was answered before.
   * @param client for reads that may take long: the client they are for, which gets a bounded share of the connections
   */
  read<T>(run: (db: QueryBuilder) => Promise<T>, client?: string): Promise<T>;
  /** Runs one statement that writes. */
  write<T>(run: (db: QueryBuilder) => Promise<T>): Promise<T>;
  /** Runs statements that become true together or not at all. */
  transaction<T>(run: (db: QueryBuilder) => Promise<T>): Promise<T>;
}

/** Opens the database, or hands out the open one. Rejects with an AppError. */
export type OpenConnection = () => Promise<SqlConnection>;

/** A database that is opened when it is first used, and again when that failed. */
export interface SqlClient {
  readonly connection: OpenConnection;
  /** Rejects with `unavailable` unless the database answers and has the schema of this version. */
  check(signal?: AbortSignal): Promise<void>;
  /** Brings the schema to this version; rejects with `unavailable` when it is newer. */
  migrate(): Promise<void>;
  /** Waits for running writes, then frees everything. Safe to call twice. */
  close(): Promise<void>;
}
