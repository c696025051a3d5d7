import type { Platform } from "./platform.ts";

/** How file systems say that they have no hard links (FAT, exFAT, many shares), or no more of this file. */
const noLinks = new Set<unknown>(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK", "EINVAL", "EACCES"]);

/**
 * Gives a file its name, or says false when the name is taken. It never overwrites: another save may have put a file there since
 * anybody looked, so the system itself has to refuse.
 */
export async function placeNew(
  files: Pick<Platform["files"], "link" | "open" | "rename" | "rm">,
  from: string,
  to: string,
): Promise<boolean> {
  try {
    await files.link(from, to);
    await files.rm(from, { force: true });
    return true;
  } catch (error) {
    if (isTaken(error)) return false;
    if (!noLinks.has((error as { readonly code?: unknown }).code)) throw error;
  }
  // An empty file that is made exclusively holds the name until the real one takes its place.
  try {
    await (await files.open(to, "wx")).close();
  } catch (error) {
    if (isTaken(error)) return false;
    throw error;
  }
  await files.rename(from, to);
  return true;
}

const isTaken = (error: unknown): boolean => (error as { readonly code?: unknown } | null)?.code === "EEXIST";
