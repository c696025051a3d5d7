import { sql } from "drizzle-orm";
import type { DatabaseCopies } from "../../../backup/database-copies.ts";
import { AppError } from "../../../errors/app-error.ts";
import { packagedMigrations } from "../shared/packaged-migrations.ts";
import { withScratchFile, writeChecked } from "../shared/scratch-file.ts";
import { readLocation } from "./location.ts";
import { holdsLedger } from "./migrate.ts";
import { createPool, type PostgresDatabase } from "./pool.ts";
import { runTool } from "./tools.ts";

/** Options of {@link postgresCopies}. */
export interface PostgresCopiesOptions {
  /** As that of the store. */
  readonly url: string;
  /** Folder for a copy until it is stored; created when missing. */
  readonly scratch: string;
}

/** Copies of our schema in a PostgreSQL database, made and put back by PostgreSQL's own `pg_dump` and `pg_restore`. */
export function postgresCopies({ url: given, scratch }: PostgresCopiesOptions): DatabaseCopies {
  const { url, schema } = readLocation(given);
  const common = ["--no-owner", "--no-privileges", `--schema=${schema}`];
  return {
    kind: "postgres",
    schemaVersion: packagedMigrations("postgres").at(-1)?.version ?? 0,
    copy: (take, signal) =>
      withScratchFile(scratch, async (path) => {
        // A log of events that went back in time would number its next events as those that clients have seen.
        const options = ["--no-unlogged-table-data", "--format=custom", `--file=${path}`];
        await runTool("pg_dump", [...common, ...options], url, signal);
        return await take(path);
      }),
    refuseExisting: () => withDatabase(url, (db) => refuseExisting(db, schema)),
    restore: (copy, sha256, signal) =>
      withScratchFile(scratch, async (path) => {
        await writeChecked(path, copy, sha256, signal);
        await withDatabase(url, async (db) => {
          await refuseExisting(db, schema);
          // pg_restore takes what is in a schema, not the schema itself.
          await db.execute(sql`create schema if not exists ${sql.identifier(schema)}`);
        });
        await runTool("pg_restore", [...common, "--single-transaction", "--exit-on-error", path], url, signal);
      }),
  };
}

async function refuseExisting(db: PostgresDatabase, schema: string): Promise<void> {
  if (!(await holdsLedger(db, schema))) return;
  const detail = `The schema ${schema} of the database that is to be restored has tables of Vidferry already.`;
  throw new AppError("invalid_state", detail, {
    hint: "Name a new database in DATABASE_URL, or another schema in its `?schema=`.",
  });
}

async function withDatabase<T>(url: string, use: (db: PostgresDatabase) => Promise<T>): Promise<T> {
  const pool = createPool({ url, maxConnections: 1, connectTimeoutMs: 10_000, queryTimeoutMs: 10_000 });
  try {
    return await pool.run(use);
  } finally {
    await pool.close();
  }
}
