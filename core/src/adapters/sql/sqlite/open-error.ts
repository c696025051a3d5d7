import { access, constants, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { AppError } from "../../../errors/app-error.ts";
import { isDiskFull, systemCode } from "../../system/system-error.ts";
import { toDatabaseError } from "../shared/database-error.ts";
import type { OpenSqlite } from "./driver.ts";
import { diagnoseSqlite, isBusy, isLockFailure } from "./errors.ts";
import { hasFileLocks } from "./file-locks.ts";

const otherPath = "Correct the path or its permissions; the file and its folder must be readable and writable.";
const localDisk = "Put the file on a local disk; for several machines take PostgreSQL.";

/**
 * Explains why a file cannot be opened, with its path and the cause. SQLite says little more than "unable to open database
 * file", so the file and its folder are examined here.
 */
export async function explainOpening(path: string, openSqlite: OpenSqlite, thrown: unknown): Promise<AppError> {
  const file = resolve(path);
  const folder = dirname(file);
  const refused = (reason: string, hint = otherPath): AppError =>
    new AppError("unavailable", `The database file ${file} cannot be used: ${reason}.`, {
      hint,
      cause: thrown,
      permanent: true,
    });
  const found = await stat(file).catch(() => null);
  if (found?.isDirectory()) return refused("it is a folder");
  if (!(await isWritable(folder))) return refused("its folder, where SQLite keeps the journal, may not be written to");
  if (found && !(await isWritable(file))) return refused("this user may not read and write it");
  if (isLockFailure(thrown) || (isBusy(thrown) && !(await hasFileLocks(folder, openSqlite)))) {
    return refused("its disk has no file locks, as some network shares have none", localDisk);
  }
  const said = toDatabaseError(diagnoseSqlite, thrown);
  if (said.code === "internal_error") return said;
  // These may be temporary: another process releases the file, or space is freed.
  const mayPass = isBusy(thrown) || said.code === "disk_full";
  return new AppError(said.code, `${said.message} (${file})`, {
    hint: mayPass ? said.hint : otherPath,
    cause: thrown,
    permanent: !mayPass,
  });
}

/** Explains why the folder of a file cannot be created. */
export function explainFolder(path: string, thrown: unknown): AppError {
  const folder = dirname(resolve(path));
  const isFull = isDiskFull(thrown);
  const reason = reasons[systemCode(thrown) ?? ""] ?? (thrown instanceof Error ? thrown.message : String(thrown));
  const detail = `The folder ${folder} of the database file cannot be made: ${reason}.`;
  return new AppError(isFull ? "disk_full" : "unavailable", detail, {
    hint: otherPath,
    cause: thrown,
    permanent: !isFull,
  });
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: "this user may not write there",
  EPERM: "this user may not write there",
  EROFS: "the disk is mounted read-only",
  EEXIST: "a file of that name is in the way",
  ENOTDIR: "a part of its path is a file",
  ENOENT: "a part of its path leads nowhere",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
};

const isWritable = (path: string): Promise<boolean> =>
  access(path, constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
