import { constants } from "node:fs";
import { access, type FileHandle, mkdir, open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { systemCode } from "../../system/system-error.ts";

/** Only this user may read; the files are private to the service. */
export const privateFile = 0o600;
/** Only this user may enter. */
export const privateFolder = 0o700;

/** Uses an open file and closes it in any case. */
export async function withFile<T>(file: FileHandle, work: (file: FileHandle) => Promise<T>): Promise<T> {
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}

/**
 * Moves a file, whose content is already on the disk, to its final name so that it is still there after a power cut:
 * a rename lives in the folder, so the folder is flushed too, and the folders above as far as they are new.
 */
export async function moveDurably(from: string, to: string): Promise<void> {
  const folder = dirname(to);
  // A concurrent delete may remove the empty folder between its creation and its use.
  for (let attempt = 1; ; attempt += 1) {
    const firstMade = await mkdir(folder, { recursive: true, mode: privateFolder });
    try {
      await rename(from, to);
      await flushFolders(folder, firstMade === undefined ? folder : dirname(firstMade));
      return;
    } catch (error) {
      if (systemCode(error) !== "ENOENT" || attempt >= 5 || !(await exists(from))) throw error;
    }
  }
}

async function flushFolders(deepest: string, highest: string): Promise<void> {
  for (let folder = deepest; ; folder = dirname(folder)) {
    await flushFolder(folder);
    if (folder === highest || folder === dirname(folder)) return;
  }
}

async function flushFolder(path: string): Promise<void> {
  try {
    await withFile(await open(path, constants.O_RDONLY), (folder) => folder.sync());
  } catch (error) {
    // Some file systems (network shares, FUSE) cannot flush a folder; ENOENT: emptied and deleted concurrently.
    if (!["EINVAL", "ENOTSUP", "EPERM", "EISDIR", "ENOENT"].includes(systemCode(error) ?? "")) throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
