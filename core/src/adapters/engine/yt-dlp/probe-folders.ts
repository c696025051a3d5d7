import { mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { onDisk } from "./on-disk.ts";

/** Extracting a link takes minutes at most: a folder of this age belongs to a process that was killed. */
const leftMs = 3_600_000;

/** The directory may be everybody's temporary one. */
const prefix = "vidferry-probe-";

/** Folders in which links are looked at. They hold signed links, and briefly cookies, so none may be left behind. */
export interface ProbeFolders {
  /** A new one, mode 0700; the caller removes it. */
  open(): Promise<string>;
}

/** Probe folders below a directory. Those that killed processes left behind go with the first one that is opened, and hourly. */
export function probeFolders(directory: string, now: () => number): ProbeFolders {
  let cleanedAt = Number.NEGATIVE_INFINITY;
  const clean = async (): Promise<void> => {
    for (const name of (await readdir(directory)).filter((one) => one.startsWith(prefix))) {
      const path = join(directory, name);
      const found = await stat(path).catch(() => null);
      if (found === null || Date.now() - found.mtimeMs < leftMs) continue;
      // A folder that cannot be removed is another user's, or removed later; it must not fail a probe.
      await rm(path, { recursive: true, force: true }).catch(() => undefined);
    }
  };
  return {
    async open() {
      await onDisk(mkdir(directory, { recursive: true, mode: 0o700 }));
      if (now() - cleanedAt > leftMs) {
        cleanedAt = now();
        await clean().catch(() => undefined);
      }
      return onDisk(mkdtemp(join(directory, prefix)));
    },
  };
}
