import { randomUUID } from "node:crypto";
import { constants, type Dirent } from "node:fs";
import { lstat, mkdir, open, opendir, realpath, rmdir, unlink } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { AppError } from "../../../errors/app-error.ts";
import { assertBlobKey, isBlobKey } from "../../../library/blob-key.ts";
import type { BlobInfo, UnfinishedUpload } from "../../../library/blob-store.ts";
import { systemCode } from "../../system/system-error.ts";
import { privateFile, privateFolder } from "./durable.ts";

/** Name of the folder for unfinished files. No key can start with a dot, so it never collides with a blob. */
const unfinished = ".tmp";

/** The folder of the blobs: paths of keys, and listing. */
export interface BlobFolder {
  /** The path of a key, after making sure that no symbolic link on the way leads elsewhere. */
  pathOf(key: string): Promise<string>;
  /** The folder for unfinished files; made when missing. On the same file system, so that a rename finishes a file. */
  temporary(): Promise<string>;
  /** A path for the unfinished file of a blob, below {@link temporary}; its name contains the key. */
  temporaryFor(key: string): Promise<string>;
  /** Unfinished files of keys with this prefix, and those whose name contains no key. */
  walkTemporary(prefix: string): AsyncGenerator<UnfinishedUpload>;
  /** The path of one of them. */
  pathOfTemporary(upload: UnfinishedUpload): Promise<string>;
  /** Deletes folders above a deleted blob as long as they are empty. */
  prune(path: string): Promise<void>;
  /** Every blob below a prefix. */
  walk(prefix: string): AsyncGenerator<BlobInfo>;
}

/** The folder of blobs at `directory`, which is created when missing. */
export function blobFolder(directory: string): BlobFolder {
  const absolute = resolve(directory);

  // Resolved each time: the folder may be deleted or mounted while the process runs. The call is cheap compared with a put.
  const rootPath = async (): Promise<string> => {
    await mkdir(absolute, { recursive: true, mode: privateFolder });
    return realpath(absolute);
  };

  const pathOf = async (key: string): Promise<string> => {
    assertBlobKey(key);
    const root = await rootPath();
    const path = join(root, ...key.split("/"));
    await assertWithin(root, dirname(path));
    return path;
  };

  const temporary = async (): Promise<string> => {
    const path = join(await rootPath(), unfinished);
    await mkdir(path, { recursive: true, mode: privateFolder });
    await assertWithin(dirname(path), path);
    return path;
  };

  return {
    pathOf,
    temporary,
    temporaryFor: async (key) => join(await temporary(), temporaryName(key)),
    async *walkTemporary(prefix) {
      const path = await temporary();
      for await (const entry of entriesOf(path)) {
        const key = keyOfTemporary(entry.name);
        if (!entry.isFile() || key === undefined || (key !== null && !key.startsWith(prefix))) continue;
        const stats = await lstat(join(path, entry.name)).catch(absent);
        if (stats !== null) yield { key, id: entry.name, modifiedAt: stats.mtime };
      }
    },
    pathOfTemporary: async ({ id }) => {
      if (keyOfTemporary(id) === undefined) {
        throw new AppError("invalid_request", "The name of an unfinished file is not valid");
      }
      return join(await temporary(), id);
    },
    async prune(path) {
      const root = await rootPath();
      for (let folder = dirname(path); folder.startsWith(`${root}/`); folder = dirname(folder)) {
        try {
          await rmdir(folder);
        } catch (error) {
          if (systemCode(error) !== "ENOENT") return;
        }
      }
    },
    async *walk(prefix) {
      const start = prefix === "" ? await rootPath() : await pathOf(prefix.slice(0, -1));
      yield* walkFolder(start, prefix);
    },
  };
}

// No key has a tilde.
const slash = "~";
const longestName = 255;
/** Name of an unfinished file: its key and a unique part. Earlier versions wrote only the unique part. */
const temporaryShape = /^(?:([^/]*)~)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The name for an unfinished file of a key. A key that is too long for a name is left out. */
function temporaryName(key: string): string {
  const unique = `${slash}${randomUUID()}`;
  const name = key.replaceAll("/", slash) + unique;
  return name.length <= longestName ? name : unique;
}

/** The key in such a name, null when it has none; undefined for a name that is not ours. */
function keyOfTemporary(name: string): string | null | undefined {
  const [ours, written = ""] = temporaryShape.exec(name) ?? [];
  if (ours === undefined) return undefined;
  const key = written.replaceAll(slash, "/");
  if (isBlobKey(key)) return key;
  return key === "" ? null : undefined;
}

// Symbolic links are never followed: the service creates none, so a link is a mistake or an attack.
async function assertWithin(root: string, folder: string): Promise<void> {
  for (let path = folder; path.length > root.length; path = dirname(path)) {
    let actual: string;
    try {
      actual = await realpath(path);
    } catch (error) {
      absent(error);
      // Does not exist yet, or is a dangling link.
      if (!(await isSymbolicLink(path))) continue;
      actual = "";
    }
    if (actual === path) return;
    throw new AppError("storage_error", "A folder of the storage is a symbolic link, which is not followed");
  }
}

async function isSymbolicLink(path: string): Promise<boolean> {
  return lstat(path).then(
    (stats) => stats.isSymbolicLink(),
    () => false,
  );
}

async function* walkFolder(path: string, prefix: string): AsyncGenerator<BlobInfo> {
  for await (const entry of entriesOf(path)) {
    const key = prefix + entry.name;
    // Foreign names, `.tmp` and links are skipped.
    if (!isBlobKey(key)) continue;
    if (entry.isDirectory()) yield* walkFolder(join(path, entry.name), `${key}/`);
    else if (entry.isFile()) {
      const stats = await lstat(join(path, entry.name)).catch(absent);
      if (stats !== null) yield { key, bytes: stats.size, modifiedAt: stats.mtime };
    }
  }
}

async function* entriesOf(path: string): AsyncGenerator<Dirent> {
  const folder = await opendir(path).catch(absent);
  if (folder !== null) yield* folder;
}

/** For `catch`: null when there is no such file, also because a folder has that name or a file the name of a folder above. */
export function absent(error: unknown): null {
  if (["ENOENT", "ENOTDIR", "EISDIR"].includes(systemCode(error) ?? "")) return null;
  throw error;
}

/** Deletes a file; one that is missing is fine. */
export async function unlinkIfThere(path: string): Promise<void> {
  await unlink(path).catch(absent);
}

/** Makes a new file for this user alone; fails when the name is taken. */
export function createFile(path: string) {
  return open(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, privateFile);
}
