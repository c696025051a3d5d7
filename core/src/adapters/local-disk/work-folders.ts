import { randomUUID } from "node:crypto";
import { lstat, mkdir, readdir, readFile, rename, rm, statfs } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { AppError } from "../../errors/app-error.ts";
import { isId, type JobId } from "../../job/ids.ts";
import type { WorkFolder, WorkFolders } from "../../ports/work-folders.ts";
import { absent, createFile, unlinkIfThere } from "./blob-folder.ts";
import { diskError } from "./disk-error.ts";
import { privateFolder, withFile } from "./durable.ts";
import { openFile } from "./write-blob.ts";

/** Where {@link localWorkFolders} keeps the folders. */
export interface LocalWorkFoldersOptions {
  /** Made when missing. Best on the same file system as a local blob store: results are then moved, not copied. */
  readonly directory: string;
}

/** Work folders below a local folder, each named by its job; only this user may enter them. */
export function localWorkFolders(options: LocalWorkFoldersOptions): WorkFolders {
  const root = resolve(options.directory);
  const pathOf = (jobId: JobId): string => {
    if (!isId("job", jobId)) throw new AppError("invalid_request", "The id of a job is not valid");
    return join(root, jobId);
  };
  const makeRoot = () => mkdir(root, { recursive: true, mode: privateFolder });

  return {
    async open(jobId) {
      const path = pathOf(jobId);
      return translate("Making a work folder", async () => {
        await mkdir(path, { recursive: true, mode: privateFolder });
        // A link would let a job write elsewhere; nothing of ours makes one.
        if (!(await lstat(path)).isDirectory()) throw new Error("the work folder is not a folder");
        return workFolder(path);
      });
    },
    list: () =>
      translate("Listing the work folders", async () => {
        const entries = (await readdir(root, { withFileTypes: true }).catch(absent)) ?? [];
        return entries.flatMap((entry) => (entry.isDirectory() && isId("job", entry.name) ? [entry.name] : []));
      }),
    remove: async (jobId) => removeFolder(pathOf(jobId)),
    freeBytes: () =>
      translate("Asking for free space", async () => {
        await makeRoot();
        const { bavail, bsize } = await statfs(root);
        return bavail * bsize;
      }),
    check: () =>
      translate("Checking the work folder", async () => {
        await makeRoot();
        const name = `.check-${randomUUID()}`;
        try {
          await writeText(root, name, "vidferry");
          if ((await readText(root, name)) !== "vidferry") throw new Error("other bytes came back than were written");
        } finally {
          await unlinkIfThere(join(root, name));
        }
      }),
  };
}

function workFolder(path: string): WorkFolder {
  return {
    path,
    write: async (name, text) => {
      assertName(name);
      return translate("Writing into a work folder", () => writeText(path, name, text));
    },
    read: async (name) => {
      assertName(name);
      return translate("Reading from a work folder", () => readText(path, name));
    },
    size: () => translate("Measuring a work folder", () => sizeOf(path)),
    remove: () => removeFolder(path),
  };
}

// Flushed before it gets its name, so that a crash leaves the old text or the new one, never an empty file.
async function writeText(folder: string, name: string, text: string): Promise<string> {
  const path = join(folder, name);
  const temporary = join(folder, `.${randomUUID()}.tmp`);
  try {
    await withFile(await createFile(temporary), async (file) => {
      await file.writeFile(text);
      await file.sync();
    });
    await rename(temporary, path);
    return path;
  } catch (error) {
    await unlinkIfThere(temporary).catch(() => undefined);
    throw error;
  }
}

async function readText(folder: string, name: string): Promise<string | null> {
  const file = await openFile(join(folder, name)).catch(absent);
  return file === null ? null : withFile(file, (open) => readFile(open, "utf8"));
}

// Children write and rename while this runs, so what disappears in between counts nothing. Links are not followed.
async function sizeOf(path: string): Promise<number> {
  let bytes = 0;
  for (const entry of (await readdir(path, { withFileTypes: true }).catch(absent)) ?? []) {
    const inner = join(path, entry.name);
    if (entry.isDirectory()) bytes += await sizeOf(inner);
    else if (entry.isFile()) bytes += (await lstat(inner).catch(absent))?.size ?? 0;
  }
  return bytes;
}

// Retried: a child that is just being killed may still add a file.
function removeFolder(path: string): Promise<void> {
  return translate("Deleting a work folder", () => rm(path, { recursive: true, force: true, maxRetries: 5 }));
}

function assertName(name: string): void {
  if (name !== "" && name !== "." && name !== ".." && !name.includes("\0") && basename(name) === name) return;
  throw new AppError("invalid_request", "The name of a file in a work folder is not valid");
}

async function translate<T>(doing: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw diskError(error, doing, "disk_full");
  }
}
