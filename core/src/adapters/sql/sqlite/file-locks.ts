import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { OpenSqlite } from "./driver.ts";
import { isBusy, isLockFailure } from "./errors.ts";

/** Whether a new file in this folder can be locked; if not, the file system has no locks. SQLite reports "busy" in both cases. */
export async function hasFileLocks(folder: string, openSqlite: OpenSqlite): Promise<boolean> {
  const file = join(folder, `.vidferry-lock-${crypto.randomUUID()}`);
  try {
    const driver = openSqlite(file);
    try {
      driver.exec("begin exclusive");
      driver.exec("rollback");
      return true;
    } finally {
      driver.close();
    }
  } catch (error) {
    return !isBusy(error) && !isLockFailure(error);
  } finally {
    await rm(file, { force: true });
  }
}
