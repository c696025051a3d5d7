import { mkdir, rename, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { DatabaseCopies } from "../../../backup/database-copies.ts";
import { AppError } from "../../../errors/app-error.ts";
import { withDatabaseErrors } from "../shared/database-error.ts";
import { packagedMigrations } from "../shared/packaged-migrations.ts";
import { withScratchFile, writeChecked } from "../shared/scratch-file.ts";
import type { OpenSqlite } from "./driver.ts";
import { diagnoseSqlite } from "./errors.ts";
import { loadDriver } from "./load-driver.ts";

/** Options of {@link sqliteCopies}. */
export interface SqliteCopiesOptions {
  /** The database's file. */
  readonly path: string;
  /** Folder for a copy until it is stored; created when missing. */
  readonly scratch: string;
  /** Loads the driver. Default: that of this runtime. */
  readonly driver?: () => Promise<OpenSqlite>;
}

/** Copies of a SQLite file, made by SQLite itself: other processes go on writing. */
export function sqliteCopies({ path, scratch, driver = loadDriver }: SqliteCopiesOptions): DatabaseCopies {
  return {
    kind: "sqlite",
    schemaVersion: packagedMigrations("sqlite").at(-1)?.version ?? 0,
    copy: (take) =>
      withScratchFile(scratch, async (copy) => {
        if (!(await exists(path))) throw new AppError("unavailable", `There is no database at ${resolve(path)}.`);
        const openSqlite = await driver();
        await withDatabaseErrors(diagnoseSqlite, async () => copyFile(openSqlite, path, copy));
        return await take(copy);
      }),
    refuseExisting: () => refuseExisting(path),
    restore: async (copy, sha256, signal) => {
      await mkdir(dirname(path), { recursive: true });
      // Beside the place it goes to: a rename within one folder is atomic.
      const beside = join(dirname(path), `.restoring-${crypto.randomUUID()}`);
      await writeChecked(beside, copy, sha256, signal);
      await refuseExisting(path);
      await rename(beside, path);
    },
  };
}

function copyFile(openSqlite: OpenSqlite, from: string, to: string): void {
  const source = openSqlite(from);
  try {
    source.exec("pragma busy_timeout = 5000");
    source.exec(`vacuum into '${to.replaceAll("'", "''")}'`);
  } finally {
    source.close();
  }
  const copy = openSqlite(to);
  try {
    const [result] = copy.rows("pragma quick_check(1)", []);
    if (result?.[0] !== "ok")
      throw new AppError("storage_error", `The database at ${resolve(from)} is damaged: ${result?.[0]}.`);
  } finally {
    copy.close();
  }
}

/** The files of its log count as well: SQLite would take them for the log of the restored database. */
async function refuseExisting(path: string): Promise<void> {
  for (const name of [path, `${path}-wal`, `${path}-shm`]) {
    if (!(await exists(name))) continue;
    throw new AppError(
      "invalid_state",
      `There is a file already where the database is to be restored: ${resolve(name)}.`,
      {
        hint: "Stop the service and move the file away, or let DATABASE_URL name another one.",
      },
    );
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
