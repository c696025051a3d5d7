import { sql } from "drizzle-orm";
import { unlessAborted } from "../../../runtime/unless-aborted.ts";
import type { ListedRows, QueryBuilder, SqlClient, SqlConnection, SqlTime } from "../shared/connection.ts";
import { packagedMigrations, requireCurrent } from "../shared/migrations.ts";
import type { Schema } from "../shared/schema.ts";
import { appliedVersions, migrateSchema } from "./migrate.ts";
import { createPool, type Pool, type PoolOptions, type PostgresDatabase } from "./pool.ts";
import { tablesIn } from "./schema.ts";
import { searchCandidates } from "./search.ts";

/** How a {@link createPostgresClient} works. */
export interface PostgresClientOptions extends PoolOptions {
  /** The schema that the tables are in. */
  readonly schema: string;
  /** Bring it to this version on first use. */
  readonly migrate: boolean;
}

/** The store's client over PostgreSQL; connects when it is first used. */
export function createPostgresClient({ migrate, schema, ...options }: PostgresClientOptions): SqlClient {
  const pool = createPool(options);
  const connection = createPostgresConnection(pool, tablesIn(schema));
  let ready: Promise<void> | null = null;

  const migrateNow = (): Promise<void> =>
    pool.runLong((db) => migrateSchema(db, schema, packagedMigrations("postgres")));

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
      const versions = await unlessAborted(
        pool.run((db) => appliedVersions(db, schema)),
        signal,
      );
      requireCurrent(versions, packagedMigrations("postgres"));
    },
    migrate: migrateNow,
    close: () => pool.close(),
  };
}

/** The store's connection over a pool. */
export function createPostgresConnection(pool: Pool, schema: Schema): SqlConnection {
  return {
    schema,
    time: postgresTime,
    listed,
    searchCandidates: (owner, text) => searchCandidates(schema, owner, text),
    lock: <T>(
      select: T & { for: (strength: "update", options?: { skipLocked: true }) => unknown },
      mode: "wait" | "skip",
    ) => select.for("update", mode === "skip" ? { skipLocked: true } : undefined) as T,
    read: (run, client) => pool.run((db) => run(queriesOf(db)), client),
    write: (run) => pool.run((db) => run(queriesOf(db))),
    transaction: (run) => pool.transaction((db) => run(queriesOf(db))),
  };
}

/** The query builders alone, which both dialects have. */
const queriesOf = (db: PostgresDatabase): QueryBuilder => db as unknown as QueryBuilder;

function listed(list: string): ListedRows {
  return {
    from: sql`jsonb_array_elements(${list}::jsonb) as item (value)`,
    text: (name) => sql.raw(`item.value ->> '${name}'`),
    integer: (name) => sql.raw(`(item.value ->> '${name}')::integer`),
    json: (name) => sql.raw(`item.value -> '${name}'`),
    timestamp: (name) => sql.raw(`to_timestamp((item.value ->> '${name}')::double precision / 1000)`),
  };
}

/** The server's clock, cut to what a Date holds: a job is due in the very millisecond it was made. */
const postgresTime: SqlTime = {
  // Unlike clock_timestamp() it stays the same within a statement, which the planner needs to use an index.
  now: () => sql`date_trunc('milliseconds', statement_timestamp())`,
  plus: (timestamp, ms) => sql`(${timestamp} + ${ms} * interval '1 millisecond')`,
  at: (timestamp) => sql`${timestamp?.toISOString() ?? null}::timestamptz`,
};
