import { mkdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { AppError, isAppError } from "../../../errors/app-error.ts";
import type { Clock } from "../../../runtime/clock.ts";
import type { SqlClient, SqlConnection } from "../shared/connection.ts";
import { withDatabaseErrors } from "../shared/database-error.ts";
import {
  applyMigrations,
  foreignTables,
  ledgerTable,
  type Migration,
  outdatedSchema,
  requireCurrent,
} from "../shared/migrations.ts";
import { packagedMigrations } from "../shared/packaged-migrations.ts";
import { createSqliteConnection, rollBack } from "./connection.ts";
import type { OpenSqlite, SqliteDriver } from "./driver.ts";
import { diagnoseSqlite, isBusy } from "./errors.ts";
import { hasFileLocks } from "./file-locks.ts";
import { loadDriver } from "./load-driver.ts";
import { explainFolder, explainOpening } from "./open-error.ts";
import { createTaskQueue, sharedTaskQueue } from "./task-queue.ts";

/** Options of {@link createSqliteClient}. */
export interface SqliteClientOptions {
  readonly path: string;
  readonly clock: Clock;
  /** Migrate the schema to this version when the file is opened. */
  readonly migrate: boolean;
  /** Loads the driver. Default: that of this runtime. */
  readonly driver?: () => Promise<OpenSqlite>;
}

/** An open file. */
interface Opened {
  readonly writer: SqliteDriver;
  readonly reader: SqliteDriver;
  readonly connection: SqlConnection;
}

const inMemory = ":memory:";

/** Opens a SQLite file on first use. */
export function createSqliteClient({ path, clock, migrate, driver = loadDriver }: SqliteClientOptions): SqlClient {
  const shared = path === inMemory ? null : sharedTaskQueue(resolve(path));
  const writes = shared ?? createTaskQueue();
  let opened: Promise<Opened> | null = null;
  let closed = false;

  const open = async (): Promise<Opened> => {
    const openSqlite = await driver();
    if (path === inMemory) return await openFile(openSqlite);
    await mkdir(dirname(path), { recursive: true }).catch((thrown: unknown) => {
      throw explainFolder(path, thrown);
    });
    return await openFile(openSqlite).catch(async (thrown: unknown) => {
      throw isAppError(thrown) ? thrown : await explainOpening(path, openSqlite, thrown);
    });
  };

  const openFile = async (openSqlite: OpenSqlite): Promise<Opened> => {
    const writer = openSqlite(path);
    try {
      if (path !== inMemory) await refuseWithoutLocks(writer, path, openSqlite);
      writer.exec(waitForOthers);
      refuseForeign(writer, path);
      configure(writer);
      if (migrate) await writes.run(() => migrateFile(writer, packagedMigrations("sqlite")));
      const reader = path === inMemory ? writer : openSqlite(path);
      if (reader !== writer) configure(reader);
      return { writer, reader, connection: createSqliteConnection(writer, reader, writes, clock) };
    } catch (error) {
      writer.close();
      throw error;
    }
  };

  const use = (): Promise<Opened> => {
    if (closed) return Promise.reject(new AppError("unavailable", "The job store is closed."));
    if (opened === null) {
      const opening = withDatabaseErrors(diagnoseSqlite, open);
      opened = opening;
      // Not cached: a retry may succeed once the folder exists or the other process has exited.
      opening.catch(() => {
        if (opened === opening) opened = null;
      });
    }
    return opened;
  };

  return {
    connection: async () => (await use()).connection,
    check: async (signal) => {
      signal?.throwIfAborted();
      const { reader } = await use();
      await withDatabaseErrors(diagnoseSqlite, async () =>
        requireCurrent(appliedVersions(reader), packagedMigrations("sqlite")),
      );
    },
    migrate: async () => {
      const { writer } = await use();
      const migrations = packagedMigrations("sqlite");
      await withDatabaseErrors(diagnoseSqlite, () => writes.run(() => migrateFile(writer, migrations)));
    },
    close: async () => {
      if (closed) return;
      closed = true;
      const file = await opened?.catch(() => null);
      if (file) {
        await writes.run(async () => {
          if (file.reader !== file.writer) file.reader.close();
          file.writer.close();
        });
      }
      shared?.release();
    },
  };
}

// The first statement, because another process may be opening the file at the same time.
const waitForOthers = "pragma busy_timeout = 5000";

/** On a disk without file locks SQLite reports "busy" like for a locked file, and would wait in vain. */
async function refuseWithoutLocks(driver: SqliteDriver, path: string, openSqlite: OpenSqlite): Promise<void> {
  try {
    driver.rows("select 1 from sqlite_master limit 1", []);
  } catch (thrown) {
    if (!isBusy(thrown) || !(await hasFileLocks(dirname(path), openSqlite))) throw thrown;
  }
}

/** Refuses the file of another application, before anything is written to it. */
function refuseForeign(driver: SqliteDriver, path: string): void {
  if (ledgerOf(driver) !== null) return;
  const [other] = driver.rows("select name from sqlite_master where type = 'table' limit 1", []);
  if (!other) return;
  const hint = "Let DATABASE_URL name a file of Vidferry's own; one that does not exist yet is made.";
  throw foreignTables(`The SQLite file ${resolve(path)}`, String(other[0]), hint);
}

function configure(driver: SqliteDriver): void {
  driver.exec(waitForOthers);
  driver.exec("pragma journal_mode = wal");
  // In WAL mode this survives a crash of the process; a power failure may lose the last commits but never corrupts the file.
  driver.exec("pragma synchronous = normal");
  driver.exec("pragma foreign_keys = on");
}

/** Migrates a file to this version. Other processes wait for the lock, and then find nothing left to do. */
export async function migrateFile(driver: SqliteDriver, migrations: readonly Migration[]): Promise<void> {
  // Usually nothing is to be done; then no lock is taken, which might wait for another process's write.
  if (isCurrent(ledgerOf(driver), migrations)) return;
  for (let state = "more"; state === "more"; ) {
    driver.exec("begin exclusive");
    try {
      state = await applyMigrations(
        {
          run: async (statement) => driver.rows(statement, []).length,
          applied: async () => appliedVersions(driver),
        },
        migrations,
      );
      driver.exec("commit");
    } catch (error) {
      rollBack(driver);
      throw error;
    }
  }
}

function appliedVersions(driver: SqliteDriver): readonly number[] {
  const versions = ledgerOf(driver);
  if (versions === null) throw outdatedSchema();
  return versions;
}

/** The applied versions; null when the file was never migrated. */
function ledgerOf(driver: SqliteDriver): readonly number[] | null {
  const [ledger] = driver.rows("select 1 from sqlite_master where name = ?", [ledgerTable]);
  return ledger
    ? driver.rows(`select version from ${ledgerTable} order by version`, []).map(([version]) => Number(version))
    : null;
}

function isCurrent(versions: readonly number[] | null, migrations: readonly Migration[]): boolean {
  return versions?.length === migrations.length && migrations.every(({ version }) => versions.includes(version));
}
