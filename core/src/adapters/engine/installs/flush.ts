import { constants } from "node:fs";
import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { systemCode } from "../../system/system-error.ts";

/** Few enough to leave descriptors to others. */
const atOnce = 8;

/** Puts a folder and all that lies below it on the disk, so that a power cut leaves no file empty once it has its final name. */
export async function flushBelow(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((one) => one.isFile() || one.isDirectory()).map((one) => join(one.parentPath, one.name));
  const next = paths.values();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const path of next) await flush(path);
    }),
  );
  await flush(folder);
}

/** Puts one file, or the names in one folder, on the disk. */
export async function flush(path: string): Promise<void> {
  const file = await open(path, constants.O_RDONLY);
  try {
    await file.sync();
  } catch (error) {
    // Some file systems (network shares, FUSE) cannot flush a folder.
    if (!["EINVAL", "ENOTSUP", "EPERM", "EISDIR"].includes(systemCode(error) ?? "")) throw error;
  } finally {
    await file.close();
  }
}
