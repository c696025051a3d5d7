import type { Database } from "../../../database/database.ts";
import { createSqlDatabase } from "../shared/database.ts";
import { createPostgresClient } from "./client.ts";
import { readLocation } from "./location.ts";

export interface PostgresStoreOptions {
  /**
   * `postgres://user:password@host:port/name`; the password never shows in an error. The tables are in the schema
   * `vidferry`; `?schema=other` names another one.
   */
  readonly url: string;
  /** Connections of this process at most. Default: 10. */
  readonly maxConnections?: number;
  /** How long a connection may take to open, in milliseconds. Default: 10,000. */
  readonly connectTimeoutMs?: number;
  /** How long a query may take, in milliseconds. Default: 10,000. */
  readonly queryTimeoutMs?: number;
  /** Bring the schema to this version on first use. Default: false; `vidferry migrate` does it. */
  readonly migrate?: boolean;
}

/** Everything in a PostgreSQL database. */
export interface PostgresStore extends Database {
  /** Brings the schema to this version; several hosts may do so at once. Rejects with `unavailable` when it is newer. */
  migrate(): Promise<void>;
}

/** The query timeout with which a worker notices a dead connection, and has written on another, before its lease runs out. */
export function queryTimeoutWithin(leaseMs: number): number {
  return Math.round(Math.min(10_000, (leaseMs * 2) / 3));
}

/**
 * Keeps everything in PostgreSQL (14 or newer), for many hosts. Connects on first use and again after the server
 * was away; what was under way then rejects with `unavailable`. Time is the server's. Nothing outlasts a transaction on
 * the server's side, so that a pooler such as PgBouncer may stand in between, also in transaction mode.
 */
export function postgresStore({
  url,
  maxConnections = 10,
  connectTimeoutMs = 10_000,
  queryTimeoutMs = 10_000,
  migrate = false,
}: PostgresStoreOptions): PostgresStore {
  const client = createPostgresClient({
    ...readLocation(url),
    maxConnections,
    connectTimeoutMs,
    queryTimeoutMs,
    migrate,
  });
  return { ...createSqlDatabase(client), migrate: () => client.migrate() };
}
