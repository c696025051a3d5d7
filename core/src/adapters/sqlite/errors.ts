import type { Diagnose } from "../sql/guard.ts";

// Primary result codes: https://sqlite.org/rescode.html
const busy = 5;
const locked = 6;
const readOnly = 8;
const inputOutput = 10;
const corrupt = 11;
const full = 13;
const cannotOpen = 14;
const notADatabase = 26;

/** What an error of either driver means. */
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
      return systemCode(error) ? { code: "unavailable", detail: "The database's folder cannot be used." } : null;
  }
};

/** `bun:sqlite` says `errno`, `node:sqlite` says `errcode`; the low byte of an extended code is the primary one. */
function primaryCode(error: Error): number | null {
  const { errno, errcode, code } = error as { errno?: unknown; errcode?: unknown; code?: unknown };
  if (typeof code !== "string" || !/SQLITE/.test(code)) return null;
  const result = errcode ?? errno;
  return typeof result === "number" ? result & 0xff : null;
}

// Making the folder fails with the system's own errors.
function systemCode(error: Error): boolean {
  return "syscall" in error;
}
