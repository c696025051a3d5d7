import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { OpenSqlite } from "./driver.ts";
import { isBusy, isLockFailure } from "./errors.ts";

/** Whether a file that nobody else knows can be locked in this folder: where not, its disk has no locks. SQLite says "busy" either way. */
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
