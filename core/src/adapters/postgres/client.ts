import { sql } from "drizzle-orm";
import type { PostgresJsDatabase } from "drizzle-orm/postgres-js";
import type postgres from "postgres";
import type { Database, SqlClient, SqlConnection, SqlTime } from "../sql/connection.ts";
import {
  applyMigrations,
  type Migration,
  outdatedSchema,
  packagedMigrations,
  readLedger,
  requireCurrent,
} from "../sql/migrations.ts";
import { createPool, type Pool, type PoolOptions } from "./pool.ts";
import * as schema from "./schema.ts";

// The advisory lock that one migrating host holds; the number means nothing, it only has to be the same everywhere.
const migrationLock = 8_430_221_073;

/** The store's client over PostgreSQL; connects when it is first used. */
export function createPostgresClient({ migrate, ...options }: PoolOptions & { readonly migrate: boolean }): SqlClient {
  const pool = createPool(options);
  const connection = createPostgresConnection(pool);
  let ready: Promise<void> | null = null;

  const migrateNow = (): Promise<void> =>
    pool.runLong((client) => migrateDatabase(client, packagedMigrations("postgres")));

  const migrateOnce = (): Promise<void> => {
    if (ready === null) {
      const migrating = migrateNow();
      ready = migrating;
      // The server may be there the next time.
      migrating.catch(() => {
        if (ready === migrating) ready = null;
      });
    }
    return ready;
  };

  return {
    connection: async () => {
      if (migrate) await migrateOnce();
      return connection;
    },
    check: async (signal) => {
      signal?.throwIfAborted();
      const versions = await untilAborted(
        pool.run((_, client) => appliedVersions(client)),
        signal,
      );
      requireCurrent(versions, packagedMigrations("postgres"));
    },
    migrate: migrateNow,
    close: () => pool.close(),
  };
}

/** The store's connection over a pool. */
export function createPostgresConnection(pool: Pool): SqlConnection {
  return {
    schema,
    time: postgresTime,
    lock: <T>(
      select: T & { for: (strength: "update", options?: { skipLocked: true }) => unknown },
      mode: "wait" | "skip",
    ) => select.for("update", mode === "skip" ? { skipLocked: true } : undefined) as T,
    read: (run) => pool.run(run),
    write: (run) => pool.run(run),
    transaction: (run) =>
      pool.run((db) => (db as unknown as PostgresJsDatabase).transaction((tx) => run(tx as unknown as Database))),
  };
}

/** The server's clock, cut to what a Date holds: a job is due in the very millisecond it was made. */
const postgresTime: SqlTime = {
  // Unlike clock_timestamp() it stays the same within a statement, which the planner needs to use an index.
  now: () => sql`date_trunc('milliseconds', statement_timestamp())`,
  plus: (moment, ms) => sql`(${moment} + ${ms} * interval '1 millisecond')`,
  at: (moment) => sql`${moment?.toISOString() ?? null}::timestamptz`,
};

/** Brings a database to this version. Other hosts wait, and then find nothing left to do. */
async function migrateDatabase(client: postgres.Sql, migrations: readonly Migration[]): Promise<void> {
  await client.begin(async (transaction) => {
    // Waiting for another host, and building an index, may take long.
    await transaction`set local statement_timeout = 0`;
    await transaction`select pg_advisory_xact_lock(${migrationLock})`;
    await applyMigrations(
      {
        run: async (statement) => {
          await transaction.unsafe(statement);
        },
        applied: () => appliedVersions(transaction),
      },
      migrations,
    );
  });
}

async function appliedVersions(client: postgres.Sql | postgres.TransactionSql): Promise<readonly number[]> {
  const [ledger] = await client`select to_regclass('vidferry_migrations') is not null as present`;
  if (ledger?.["present"] !== true) throw outdatedSchema();
  const rows = await client.unsafe<{ version: string }[]>(readLedger);
  return rows.map(({ version }) => Number(version));
}

async function untilAborted<T>(answer: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return await answer;
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([answer, promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
