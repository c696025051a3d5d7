import type { OpenFile, Platform } from "./platform.ts";
import { codeOf, unlessMissing } from "./system-error.ts";

/**
 * Opens the part where one is, else makes it; never empties one that another save fills. In a folder that others write to as well,
 * something else may have its name, which leads to a file of the user's elsewhere: what is no ordinary file, or has a second name,
 * was left by no save. It is removed, and what it led to stays.
 */
export async function openPart({ files }: Platform, part: string): Promise<OpenFile> {
  // Windows has none of it: only administrators make symbolic links there.
  const { O_RDWR, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = files.constants;
  for (;;) {
    const file = await files.open(part, O_RDWR | O_NOFOLLOW | O_NONBLOCK).catch((error: unknown) => {
      // FreeBSD has another word for the same.
      if (codeOf(error) === "ELOOP" || codeOf(error) === "EMLINK") return "foreign" as const;
      return unlessMissing(error);
    });
    if (file !== null) {
      const stats = file === "foreign" ? null : await file.stat();
      if (file !== "foreign" && stats?.isFile() === true && stats.nlink <= 1) return file;
      if (file !== "foreign") await file.close();
      await files.rm(part, { force: true });
    }
    try {
      return await files.open(part, "wx+");
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
    }
  }
}
