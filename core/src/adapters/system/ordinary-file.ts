import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";

/** Opens an ordinary file for reading; a symbolic link is refused (ELOOP), so is anything that is not a file. */
export async function openOrdinaryFile(path: string): Promise<FileHandle> {
  // Non-blocking, or opening a named pipe would wait for its writer.
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = await file.stat();
    if (stats.isFile()) return file;
    throw Object.assign(new Error("not an ordinary file"), { code: stats.isDirectory() ? "EISDIR" : "EINVAL" });
  } catch (error) {
    await file.close();
    throw error;
  }
}
