import { sql } from "drizzle-orm";
import { unlessAborted } from "../../../runtime/unless-aborted.ts";
import type { ListedRows, QueryBuilder, SqlClient, SqlConnection, SqlTime } from "../shared/connection.ts";
import { requireCurrent } from "../shared/migrations.ts";
import { packagedMigrations } from "../shared/packaged-migrations.ts";
import type { Schema } from "../shared/schema.ts";
import { appliedVersions, migrateSchema } from "./migrate.ts";
import { abandonedSetting, createPool, type Pool, type PoolOptions, type PostgresDatabase } from "./pool.ts";
import { tablesIn } from "./schema.ts";
import { searchCandidates } from "./search.ts";

/** Options of {@link createPostgresClient}. */
export interface PostgresClientOptions extends PoolOptions {
  /** The schema that the tables are in. */
  readonly schema: string;
  /** Migrate it to this version on first use. */
  readonly migrate: boolean;
}

/** The client of a PostgreSQL database; connects on first use. */
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
      // Not cached: the server may be reachable the next time.
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

/** The connection of the repositories, over a pool. */
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
    endsWhenSilent: (ms) => sql`set_config(${abandonedSetting}, ${String(ms)}, true)`,
    together: async (db, first, run) => await run(db.with(db.$with("first", {}).as(first.getSQL()))),
    read: (run, client) => pool.run((db) => run(queriesOf(db)), client),
    write: (run) => pool.run((db) => run(queriesOf(db))),
    transaction: (run) => pool.transaction((db) => run(queriesOf(db))),
  };
}

/** Only the query builders, which both dialects have. */
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

/** The server's clock, truncated to milliseconds like a Date: a new job must be due in the millisecond of its creation. */
const postgresTime: SqlTime = {
  // Unlike clock_timestamp() it is constant within a statement, which the planner needs in order to use an index.
  now: () => sql`date_trunc('milliseconds', statement_timestamp())`,
  plus: (timestamp, ms) => sql`(${timestamp} + ${ms} * interval '1 millisecond')`,
  at: (timestamp) => sql`${timestamp?.toISOString() ?? null}::timestamptz`,
};
