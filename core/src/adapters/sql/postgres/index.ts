import type { Database } from "../../../database/database.ts";
import { createSqlDatabase } from "../shared/database.ts";
import { createPostgresClient } from "./client.ts";
import { readLocation } from "./location.ts";

export { type PostgresCopiesOptions, postgresCopies } from "./copies.ts";
export type { MessageConnectionsOptions } from "./messages/connections.ts";
export type { PostgresEventLogOptions } from "./messages/event-log.ts";
export { type PostgresMessages, type PostgresMessagesOptions, postgresMessages } from "./messages/index.ts";
export type { PostgresWakeUps } from "./messages/wake-ups.ts";

export interface PostgresStoreOptions {
  /**
   * `postgres://user:password@host:port/name`; the password never appears in an error. The tables are in the schema
   * `vidferry`; `?schema=other` selects another one.
   */
  readonly url: string;
  /** Most connections of this process. Default: 10. */
  readonly maxConnections?: number;
  /** How long a connection may take to open, in milliseconds. Default: 10,000. */
  readonly connectTimeoutMs?: number;
  /** How long a query may take, in milliseconds. Default: 10,000. */
  readonly queryTimeoutMs?: number;
  /** Migrate the schema to this version on first use. Default: false; `vidferry migrate` does it. */
  readonly migrate?: boolean;
}

/** A database on a PostgreSQL server. */
export interface PostgresStore extends Database {
  /** Migrates the schema to this version; several hosts may do so at once. Rejects with `unavailable` when it is newer. */
  migrate(): Promise<void>;
}

/** The query timeout that lets a worker notice a dead connection and write on another one before its lease expires. */
export function queryTimeoutWithin(leaseMs: number): number {
  return Math.round(Math.min(10_000, (leaseMs * 2) / 3));
}

/**
 * The database on PostgreSQL (14 or newer), for many hosts. Connects on first use and reconnects after an outage; calls in
 * progress then reject with `unavailable`. Time is the server's. No server-side state outlives a transaction, so a pooler such
 * as PgBouncer may be used, also in transaction mode.
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
