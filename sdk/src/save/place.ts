import type { Platform } from "./platform.ts";
import { codeOf, unlessMissing } from "./system-error.ts";

/** What became of it: `taken`: another file has the name; `lost`: another program took the part away, or put another in its place. */
export type Placed = "placed" | "taken" | "lost";

/** How file systems say that they have no hard links (FAT, exFAT, many shares), or no more of this file. */
const noLinks = new Set<unknown>(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK", "EINVAL", "EACCES"]);

/** By which a file is known again, whatever its name. */
export interface FileIdentity {
  readonly ino: number;
  readonly dev: number;
}

/** A file that was filled, under the name that it had then. Another program may have put its own there since, which is not whole yet. */
export interface FilledPart extends FileIdentity {
  readonly path: string;
  /** A file that is begun after another one was deleted may get its number. */
  readonly bytes: number;
  /** Reads whether a file is the whole one, for file systems that number files anew. */
  readonly isWhole: (path: string) => Promise<boolean>;
}

/**
 * Gives a file its name. Without `overwrite` it takes it from no other: another save may have put a file there since anybody looked, so
 * the system itself has to refuse. A file that is not ours stays, under whatever name: another save may write over the same path.
 */
export async function place(
  files: Pick<Platform["files"], "link" | "open" | "rename" | "rm" | "stat">,
  part: FilledPart,
  to: string,
  overwrite: boolean,
): Promise<Placed> {
  const at = (path: string) => files.stat(path).catch(unlessMissing);
  const isOurs = async (path: string): Promise<boolean> => {
    const there = await at(path);
    return there !== null && ((isSame(there, part) && there.size === part.bytes) || (await part.isWhole(path)));
  };
  if (!(await isOurs(part.path))) return "lost";
  const way = overwrite ? await moved(files, part.path, to) : await linked(files, part.path, to);
  if (way !== "placed") return way;
  if (await isOurs(to)) {
    if (!overwrite) await files.rm(part.path, { force: true });
    return "placed";
  }
  // Two names of another program's part, which came between: the new one is ours to take away.
  const [placed, other] = [await at(to), await at(part.path)];
  if (placed !== null && other !== null && isSame(placed, other)) await files.rm(to, { force: true });
  return "lost";
}

const isSame = (one: FileIdentity, other: FileIdentity): boolean => one.ino === other.ino && one.dev === other.dev;

async function linked(
  files: Pick<Platform["files"], "link" | "open" | "rename" | "rm">,
  from: string,
  to: string,
): Promise<Placed> {
  try {
    await files.link(from, to);
    return "placed";
  } catch (error) {
    const code = codeOf(error);
    if (code === "EEXIST") return "taken";
    if (code === "ENOENT") return "lost";
    if (!noLinks.has(code)) throw error;
  }
  // An empty file that is made exclusively holds the name until the real one takes its place.
  try {
    await (await files.open(to, "wx")).close();
  } catch (error) {
    if (codeOf(error) === "EEXIST") return "taken";
    throw error;
  }
  const way = await moved(files, from, to);
  if (way === "lost") await files.rm(to, { force: true });
  return way;
}

async function moved(files: Pick<Platform["files"], "rename">, from: string, to: string): Promise<Placed> {
  try {
    await files.rename(from, to);
    return "placed";
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
    return "lost";
  }
}
