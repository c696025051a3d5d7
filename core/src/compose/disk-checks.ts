import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { systemCode } from "../adapters/system/system-error.ts";
import type { Config } from "../config/config.ts";
import type { Check } from "../pipeline/downloader.ts";
import { noAnswer } from "../pipeline/run-check.ts";
import { oneAtATime } from "../runtime/one-at-a-time.ts";
import { unlessAborted } from "../runtime/unless-aborted.ts";
import { pathOf } from "./backends.ts";

/** Free space below which a warning is shown. */
const scarce = 1e9;
/** Below this, a database or an upload may fail at any time; some file systems refuse writes before they are quite full. */
const full = 16 * 1024 ** 2;

/** Looks at disks, until the signal aborts. */
export type DiskChecks = (signal?: AbortSignal) => Promise<readonly Check[]>;

/**
 * Looks at the disks of the database and of the results, where they are on this machine. A read alone would still succeed on a full one.
 * @param freeBytes how the room on the disk of a folder is measured
 */
export function createDiskChecks(
  { DATABASE_URL, STORAGE_URL }: Pick<Config, "DATABASE_URL" | "STORAGE_URL">,
  freeBytes: (folder: string) => Promise<number> = freeBytesOf,
): DiskChecks {
  const diskOf = (name: string, folder: string, fix: string) => {
    const read = oneAtATime(() => freeBytes(folder));
    return async (signal: AbortSignal | undefined): Promise<Check> => {
      try {
        return checkSpace(name, await unlessAborted(read(), signal), fix);
      } catch (error) {
        if (signal?.aborted)
          return { name, status: "failed", detail: noAnswer, fix: "Check the disk, and its server." };
        const detail = `The free space cannot be read (${systemCode(error) ?? "unknown cause"}).`;
        return { name, status: "warning", detail, fix };
      }
    };
  };
  const besideDatabase = "Free space beside the SQLite file of DATABASE_URL.";
  const forResults = "Free space in the folder of STORAGE_URL, or set RETENTION_SECONDS.";
  const disks = [
    ...(DATABASE_URL.startsWith("sqlite:")
      ? [diskOf("database disk", dirname(pathOf(DATABASE_URL)), besideDatabase)]
      : []),
    ...(STORAGE_URL.startsWith("file:") ? [diskOf("storage disk", pathOf(STORAGE_URL), forResults)] : []),
  ];
  return (signal) => Promise.all(disks.map((check) => check(signal)));
}

/** What it means that a disk has so many bytes left; `reserve` is what has to stay free of it. */
export function checkSpace(name: string, free: number, fix: string, reserve = 0): Check {
  const detail = free < scarce ? `${Math.floor(free / 1e6)} MB free` : `${(free / 1e9).toFixed(1)} GB free`;
  if (free < reserve)
    return { name, status: "failed", detail: `${detail}, less than MIN_FREE_BYTES: no job is taken`, fix };
  if (free >= scarce) return { name, status: "ok", detail };
  return { name, status: free < full ? "failed" : "warning", detail, fix };
}

async function freeBytesOf(folder: string): Promise<number> {
  // Before the first result the folder is not there yet, the disk below it is.
  const { bavail, bsize } = await statfs(folder).catch(() => statfs(dirname(folder)));
  return bavail * bsize;
}
