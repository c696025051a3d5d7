import type { Database } from "../../../database/database.ts";
import type { Clock } from "../../../runtime/clock.ts";
import { systemClock } from "../../system/clock.ts";
import { createSqlDatabase } from "../shared/database.ts";
import { createSqliteClient } from "./client.ts";

export interface SqliteStoreOptions {
  /** The file; its folder is made when it is missing. `:memory:` keeps everything in this process. Not on a network share. */
  readonly path: string;
  /** The store's time. Default: this host's clock. */
  readonly clock?: Clock;
  /** Bring the schema to this version on first use. Default: true. */
  readonly migrate?: boolean;
}

/** Everything in one SQLite file. */
export interface SqliteStore extends Database {
  /** Brings the schema to this version; several processes may do so at once. Rejects with `unavailable` when it is newer. */
  migrate(): Promise<void>;
}

/**
 * Keeps everything in a SQLite file, for one machine. Opens it on first use. Several processes of one host may
 * share the file; while one writes, the others wait, for 5 seconds at most, and then reject with `unavailable`.
 */
export function sqliteStore({ path, clock = systemClock, migrate = true }: SqliteStoreOptions): SqliteStore {
  const client = createSqliteClient({ path, clock, migrate });
  return { ...createSqlDatabase(client), migrate: () => client.migrate() };
}
