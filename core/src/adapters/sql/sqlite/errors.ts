import type { Diagnose } from "../shared/database-error.ts";

// Result codes: https://sqlite.org/rescode.html
const permission = 3;
const busy = 5;
const locked = 6;
const readOnly = 8;
const inputOutput = 10;
const corrupt = 11;
const full = 13;
const cannotOpen = 14;
const notADatabase = 26;

/** Maps an error of either driver. */
export const diagnoseSqlite: Diagnose = (error) => {
  switch (primaryCode(error)) {
    case full:
      return { code: "disk_full", detail: "The disk of the database is full." };
    case busy:
    case locked:
      return { code: "unavailable", detail: "The database is locked by another process." };
    case readOnly:
      return { code: "unavailable", detail: "The database file cannot be written." };
    case inputOutput:
      return { code: "unavailable", detail: "The database file could not be read or written." };
    case cannotOpen:
      return { code: "unavailable", detail: "The database file cannot be opened." };
    case corrupt:
    case notADatabase:
      return { code: "unavailable", detail: "The database file is damaged, or is no SQLite database." };
    default:
      return null;
  }
};

/** The file is locked by another process, or reported as locked by the system. */
export const isBusy = (error: unknown): boolean => error instanceof Error && primaryCode(error) === busy;

/** The system failed to lock the file or to map its shared memory, although no other process holds it. */
export function isLockFailure(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  // SQLITE_PERM comes from locks only: a file that may not be opened is SQLITE_CANTOPEN.
  return primaryCode(error) === permission || lockFailures.has(resultCode(error) ?? 0);
}

// UNLOCK, RDLOCK, CHECKRESERVEDLOCK, LOCK, SHMOPEN, SHMSIZE, SHMLOCK and SHMMAP of SQLITE_IOERR.
const lockFailures = new Set([8, 9, 14, 15, 18, 19, 20, 21].map((detail) => inputOutput | (detail << 8)));

/** `bun:sqlite` has it in `errno`, `node:sqlite` in `errcode`; the low byte of an extended code is the primary code. */
function resultCode(error: Error): number | null {
  const { errno, errcode, code } = error as { errno?: unknown; errcode?: unknown; code?: unknown };
  if (typeof code !== "string" || !/SQLITE/.test(code)) return null;
  const result = errcode ?? errno;
  return typeof result === "number" ? result : null;
}

const primaryCode = (error: Error): number => (resultCode(error) ?? 0) & 0xff;
