import type { Database } from "../../../database/database.ts";
import type { Clock } from "../../../runtime/clock.ts";
import { systemClock } from "../../system/clock.ts";
import { createSqlDatabase } from "../shared/database.ts";
import { createSqliteClient } from "./client.ts";

export { type SqliteCopiesOptions, sqliteCopies } from "./copies.ts";

export interface SqliteStoreOptions {
  /** The file; its folder is created when missing. `:memory:` keeps everything in this process. Not on a network share. */
  readonly path: string;
  /** Source of time. Default: the host's clock. */
  readonly clock?: Clock;
  /** Migrate the schema to this version on first use. Default: true. */
  readonly migrate?: boolean;
}

/** A database in a SQLite file. */
export interface SqliteStore extends Database {
  /** Migrates the schema to this version; several processes may do so at once. Rejects with `unavailable` when it is newer. */
  migrate(): Promise<void>;
}

/**
 * The database in a SQLite file, for one machine; opened on first use. Several processes of the host may share the file; while
 * one writes, the others wait for up to 5 seconds, and then reject with `unavailable`.
 */
export function sqliteStore({ path, clock = systemClock, migrate = true }: SqliteStoreOptions): SqliteStore {
  const client = createSqliteClient({ path, clock, migrate });
  return { ...createSqlDatabase(client), migrate: () => client.migrate() };
}
