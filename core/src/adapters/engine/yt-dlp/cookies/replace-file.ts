import { chmod, chown, type FileHandle, open, rename, rm, stat } from "node:fs/promises";
import { systemCode } from "../../../system/system-error.ts";

/**
 * Replaces the content of a file atomically, with the same owner and permissions. A bind-mounted file, as in containers, cannot
 * be replaced and is overwritten in place.
 * @param move renames a file over another; tests pass one that fails
 */
export async function replaceFile(path: string, text: string, move = rename): Promise<void> {
  const { mode, uid, gid } = await stat(path);
  // A read-only file must not be replaced, although its folder or being root would allow it.
  if ((mode & 0o222) === 0) throw new Error(`${path} is read-only`);
  await withFile(await open(path, "r+"), async (current) => {
    const next = `${path}.vidferry-new`;
    // Left behind by a killed process, perhaps with other permissions.
    await rm(next, { force: true });
    try {
      await withFile(await open(next, "wx", 0o600), async (file) => {
        await file.writeFile(text);
        await file.sync();
      });
      await chown(next, uid, gid).catch(() => undefined);
      // File systems without permissions refuse it.
      await chmod(next, mode & 0o777).catch(() => undefined);
      await move(next, path);
    } catch (error) {
      await rm(next, { force: true });
      if (systemCode(error) !== "EBUSY") throw error;
      await overwrite(current, text);
    }
  });
}

/** In one write that also blanks the rest of the old text: a killed process leaves the old lines, or the new ones and blank lines. */
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
