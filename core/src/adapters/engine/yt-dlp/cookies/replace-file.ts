import { chmod, chown, type FileHandle, open, rename, rm, stat } from "node:fs/promises";
import { systemCode } from "../../../system/system-error.ts";

/**
 * Puts a text in the place of a file's, with its rights: whoever reads sees either. A file that is mounted by itself, as
 * containers do it, cannot be replaced and is written in place.
 * @param move how a file takes the place of another; replaced where a test needs one that cannot be replaced
 */
export async function replaceFile(path: string, text: string, move = rename): Promise<void> {
  const { mode, uid, gid } = await stat(path);
  // A file that may not be written is not to be replaced either, though its folder, or being root, would allow it.
  if ((mode & 0o222) === 0) throw new Error(`${path} is read-only`);
  await withFile(await open(path, "r+"), async (current) => {
    const next = `${path}.vidferry-new`;
    // Left behind by a process that was killed, perhaps with other rights.
    await rm(next, { force: true });
    try {
      await withFile(await open(next, "wx", 0o600), async (file) => {
        await file.writeFile(text);
        await file.sync();
      });
      await chown(next, uid, gid).catch(() => undefined);
      // Shares that have no rights of their own refuse it.
      await chmod(next, mode & 0o777).catch(() => undefined);
      await move(next, path);
    } catch (error) {
      await rm(next, { force: true });
      if (systemCode(error) !== "EBUSY") throw error;
      await overwrite(current, text);
    }
  });
}

/** In one write, which covers the old text too: a process that is killed leaves the old lines, or the new ones and blank ones. */
async function overwrite(file: FileHandle, text: string): Promise<void> {
  const bytes = Buffer.from(text);
  const { size } = await file.stat();
  await file.write(Buffer.concat([bytes, Buffer.alloc(Math.max(0, size - bytes.length), "\n")]), 0, null, 0);
  await file.truncate(bytes.length);
  await file.sync();
}

async function withFile(file: FileHandle, work: (file: FileHandle) => Promise<void>): Promise<void> {
  try {
    await work(file);
  } finally {
    await file.close();
  }
}
