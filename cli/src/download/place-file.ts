import { chmod, link, lstat, open, rename, unlink } from "node:fs/promises";

/** Errors with which file systems say that they have no hard links (FAT, exFAT, many shares), or no more of this file. */
const noLinks = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK", "EINVAL", "EACCES"];

export interface PlaceOptions {
  /** Size of the file. */
  readonly bytes: number;
  /** An earlier run, which was killed, may have begun to place this very file here. */
  readonly begun: boolean;
  /** How a file gets a second name; replaced where a test needs a file system without. */
  readonly hardLink?: (source: string, target: string) => Promise<void>;
}

/**
 * Gives a file its final name, or says false when the name is taken. It never overwrites: between looking and renaming
 * another process, or a disk that takes `A` for `a`, may have put a file there, so the system itself has to refuse. After
 * a crash the same call finishes what was begun.
 */
export async function placeFile(source: string, target: string, options: PlaceOptions): Promise<boolean> {
  const { begun, bytes, hardLink = link } = options;
  // Already moved by a run that was killed before it recorded that.
  if (begun && (await statsOf(source)) === null && (await statsOf(target))?.size === BigInt(bytes)) return true;
  await applyUmask(source);
  try {
    await hardLink(source, target);
    return true;
  } catch (error) {
    const code = codeOf(error);
    if (code === "EEXIST") return (begun && (await finish(source, target))) || (await isSameFile(source, target));
    if (!noLinks.includes(code)) throw error;
  }
  return renameOnto(source, target, begun);
}

/** Undoes {@link placeFile}. */
export async function takeBack(source: string, target: string): Promise<void> {
  if ((await statsOf(source)) === null) await rename(target, source);
  else if (await isSameFile(source, target)) await unlink(target);
}

// An empty file that is made exclusively holds the name until the real one takes its place.
async function renameOnto(source: string, target: string, begun: boolean): Promise<boolean> {
  try {
    await (await open(target, "wx")).close();
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
    return begun && (await finish(source, target));
  }
  await rename(source, target);
  return true;
}

/** Takes the place of an empty file that an earlier run made to hold the name. */
async function finish(source: string, target: string): Promise<boolean> {
  const held = await statsOf(target);
  if (held === null || !held.isFile() || held.size !== 0n) return false;
  await rename(source, target);
  return true;
}

async function isSameFile(a: string, b: string): Promise<boolean> {
  const [one, other] = await Promise.all([statsOf(a), statsOf(b)]);
  return one !== null && other !== null && one.dev === other.dev && one.ino === other.ino;
}

// Work files are private (0600); results get the permissions of the user's umask.
async function applyUmask(path: string): Promise<void> {
  await chmod(path, 0o666 & ~process.umask()).catch((error: unknown) => {
    // FAT and some shares have no modes.
    if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"].includes(codeOf(error))) throw error;
  });
}

async function statsOf(path: string) {
  return lstat(path, { bigint: true }).catch((error: unknown) => {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  });
}

const codeOf = (error: unknown): string => (error instanceof Error && "code" in error ? String(error.code) : "");
