import { Database } from "bun:sqlite";
import { mkdir, open, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { AppError } from "@vidferry/core";
import { systemClock } from "@vidferry/core/system";

/** A lock between processes that the operating system releases when its process ends, however it ends. */
export interface FileLock {
  /** Makes a shared lock the only one. False while others hold it; it then stays shared, unless one of them has it alone. */
  tryAlone(): boolean;
  release(): void;
}

const againMs = 250;

/** Takes the lock of a file, made when missing, together with all others that share it; waits while one has it alone. */
export function shareLock(path: string, signal: AbortSignal): Promise<FileLock> {
  return take(path, share, signal);
}

/** Takes the lock of a file alone, and waits while others hold it; `onWait` is called once when it must. */
export function takeLock(path: string, signal: AbortSignal, onWait: () => void): Promise<FileLock> {
  return take(path, takeAlone, signal, onWait);
}

/*
 * An empty SQLite database serves as the lock: it is the one lock of the operating system that every runtime and platform
 * gives us, and the system takes it from a process that was killed.
 */
async function take(
  path: string,
  acquire: (database: Database) => boolean,
  signal: AbortSignal,
  onWait: () => void = () => undefined,
): Promise<FileLock> {
  for (let waited = false; ; ) {
    const database = await openLockFile(path);
    let taken = false;
    if (database !== null) {
      try {
        taken = acquire(database.connection) && (await inode(path)) === database.inode;
        if (taken) return lockOf(database.connection);
      } catch (error) {
        await refuseWithoutLocks(dirname(path));
        // The lock of a file that was deleted meanwhile may fail in other ways than being held.
        if ((await inode(path)) === database.inode) throw error;
      } finally {
        if (!taken) database.connection.close();
      }
      if (!waited) {
        await refuseWithoutLocks(dirname(path));
        onWait();
      }
      waited = true;
    }
    await systemClock.sleep(againMs, signal);
  }
}

/**
 * Opens the lock's file, and makes it when it is missing. Null when the folder was deleted at the same time: the last process that
 * leaves it cleans up. A lock on an unlinked file would exclude nobody, so whoever locks it compares the inode afterwards.
 */
async function openLockFile(path: string): Promise<{ readonly connection: Database; readonly inode: bigint } | null> {
  await mkdir(dirname(path), { recursive: true });
  try {
    await (await open(path, "a")).close();
    const connection = new Database(path);
    const opened = await inode(path);
    if (opened !== null) {
      connection.exec("pragma busy_timeout = 0");
      return { connection, inode: opened };
    }
    connection.close();
    return null;
  } catch (error) {
    if ((await inode(path)) === null) return null;
    throw error;
  }
}

function lockOf(database: Database): FileLock {
  return {
    tryAlone: () => {
      database.exec("rollback");
      if (takeAlone(database)) return true;
      share(database);
      return false;
    },
    release: () => database.close(),
  };
}

function share(database: Database): boolean {
  return unlessBusy(() => {
    database.exec("begin");
    database.query("select count(*) from sqlite_master").get();
  }, database);
}

function takeAlone(database: Database): boolean {
  return unlessBusy(() => database.exec("begin exclusive"), database);
}

function unlessBusy(lock: () => void, database: Database): boolean {
  try {
    lock();
    return true;
  } catch (error) {
    if (database.inTransaction) database.exec("rollback");
    if (error instanceof Error && "code" in error && error.code === "SQLITE_BUSY") return false;
    throw error;
  }
}

/** A file system without locks reports "busy" for ever; locking a file that only this process knows tells the two apart. */
async function refuseWithoutLocks(folder: string): Promise<void> {
  const path = join(folder, crypto.randomUUID());
  const locks = canLock(path);
  // Not there any more: another process deleted the folder, which says nothing about locks.
  const isDeleted = (await inode(path)) === null;
  await rm(path, { force: true });
  if (locks || isDeleted) return;
  throw new AppError("unavailable", `The disk of ${folder} has no file locks, as some network shares have none.`, {
    hint: "Download into a folder on a local disk (--out), and move the files afterwards.",
    permanent: true,
  });
}

function canLock(path: string): boolean {
  let database: Database | undefined;
  try {
    database = new Database(path);
    return takeAlone(database);
  } catch {
    // Some file systems return another error than "busy".
    return false;
  } finally {
    database?.close();
  }
}

async function inode(path: string): Promise<bigint | null> {
  const stats = await stat(path, { bigint: true }).catch(() => null);
  return stats?.ino ?? null;
}
