import { randomUUID } from "node:crypto";
import { lstat, mkdir, readdir, readFile, realpath, rename, rm, statfs } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { AppError } from "../../../errors/app-error.ts";
import type { WorkFolder, WorkFolders } from "../../../pipeline/work-folders.ts";
import { isId, type JobId } from "../../../runtime/ids.ts";
import { diskError } from "../../system/disk-error.ts";
import { openOrdinaryFile } from "../../system/ordinary-file.ts";
import { absent, createFile, unlinkIfThere } from "./blob-folder.ts";
import { privateFolder, withFile } from "./durable.ts";
import { fileMark } from "./file-mark.ts";

/** Where {@link localWorkFolders} keeps the folders. */
export interface LocalWorkFoldersOptions {
  /** Made when missing. Best on the same file system as a local blob store: results are then moved, not copied. */
  readonly directory: string;
  /**
   * Name of this worker, and whether another worker that used the directory may still run. Needed where several processes
   * share the directory: two attempts of a job must never write into one folder. Default: no other process uses it.
   */
  readonly worker?: { readonly name: string; readonly mayStillRun: (name: string) => boolean };
}

/** Work folders below a local folder, each named by its job; only this user may enter them. */
export function localWorkFolders(options: LocalWorkFoldersOptions): WorkFolders {
  const root = resolve(options.directory);
  const { worker } = options;
  const assertJob = (jobId: JobId): void => {
    if (!isId("job", jobId)) throw new AppError("invalid_request", "The id of a job is not valid");
  };
  const makeRoot = () => mkdir(root, { recursive: true, mode: privateFolder });

  /** Claims the first folder of the job that no other process may be using: `job_…`, `job_….1` and so on. */
  const take = async (jobId: JobId): Promise<string> => {
    for (let number = 0; ; number += 1) {
      const path = join(root, number === 0 ? jobId : `${jobId}.${number}`);
      if (worker === undefined) return path;
      const owner = await readText(root, ownerFile(path));
      if (owner !== null && owner !== worker.name && worker.mayStillRun(owner)) continue;
      await writeOwner(join(root, ownerFile(path)), worker.name);
      return path;
    }
  };
  /** Whether a process, also this one, may still write there: its attempt has not released the folder. */
  const isInUse = async (path: string): Promise<boolean> => {
    if (worker === undefined) return false;
    const owner = await translate("Reading from a work folder", () => readText(root, ownerFile(path)));
    return owner !== null && worker.mayStillRun(owner);
  };
  const release = async (path: string): Promise<void> => {
    if (worker === undefined || (await readText(root, ownerFile(path))) !== worker.name) return;
    await unlinkIfThere(join(root, ownerFile(path)));
  };

  return {
    // Beside the folder, which contains nothing but folders of jobs.
    mark: fileMark(`${root}.vidferry-deployment`),
    async open(jobId) {
      assertJob(jobId);
      return translate("Making a work folder", async () => {
        await makeRoot();
        const path = await take(jobId);
        await mkdir(path, { recursive: true, mode: privateFolder });
        // A symbolic link would let a job write elsewhere; the service creates none.
        if (!(await lstat(path)).isDirectory()) throw new Error("the work folder is not a folder");
        return workFolder(path, () => release(path));
      });
    },
    list: () =>
      translate("Listing the work folders", async () => {
        const entries = (await readdir(root, { withFileTypes: true }).catch(absent)) ?? [];
        const jobs = entries.flatMap((entry) => {
          const [jobId = ""] = entry.name.split(".");
          const isOurs = entry.isDirectory() || (entry.isFile() && entry.name.endsWith(ownerSuffix));
          return isOurs && isId("job", jobId) ? [jobId] : [];
        });
        return [...new Set(jobs)];
      }),
    remove: async (jobId) => {
      assertJob(jobId);
      const names = (await translate("Listing the work folders", () => readdir(root).catch(absent))) ?? [];
      const own = names.filter((name) => name.split(".")[0] === jobId);
      // Also folders of which only the owner file is left.
      for (const name of new Set(own.map((entry) => entry.replace(ownerPattern, "")))) {
        const path = join(root, name);
        if (await isInUse(path)) continue;
        await removeFolder(path);
        await translate("Deleting a work folder", () => unlinkIfThere(join(root, ownerFile(path))));
      }
    },
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

const ownerSuffix = ".owner";
const ownerPattern = /\.owner$/;
// Beside the folder, whose content belongs to the engine.
const ownerFile = (path: string): string => `${basename(path)}${ownerSuffix}`;

function workFolder(path: string, release: () => Promise<void>): WorkFolder {
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
    bytesOf: (file) => translate("Measuring a file in a work folder", () => bytesOf(path, file)),
    size: () => translate("Measuring a work folder", () => sizeOf(path)),
    remove: async () => {
      await removeFolder(path);
      await translate("Deleting a work folder", release);
    },
    // An owner file that cannot be deleted is ignored once its process has exited.
    release: () => release().catch(() => undefined),
  };
}

// In place, so that a crash leaves no temporary file; a truncated name matches no running process.
async function writeOwner(path: string, name: string): Promise<void> {
  await unlinkIfThere(path);
  await withFile(await createFile(path), (file) => file.writeFile(name));
}

// Flushed before the rename, so that a crash leaves the old text or the new one, never an empty file.
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
  const file = await openOrdinaryFile(join(folder, name)).catch(absent);
  return file === null ? null : withFile(file, (open) => readFile(open, "utf8"));
}

// A path outside of the folder, also through a symbolic link, is ignored.
async function bytesOf(folder: string, path: string): Promise<number | null> {
  const real = await realpath(path).catch(absent);
  if (real === null || !real.startsWith(join(await realpath(folder), "/"))) return null;
  const found = await lstat(path);
  return found.isFile() ? found.size : null;
}

// Child processes write and rename concurrently, so files that disappear are ignored. Links are not followed.
async function sizeOf(path: string): Promise<number> {
  let bytes = 0;
  for (const entry of (await readdir(path, { withFileTypes: true }).catch(absent)) ?? []) {
    const inner = join(path, entry.name);
    if (entry.isDirectory()) bytes += await sizeOf(inner);
    else if (entry.isFile()) bytes += (await lstat(inner).catch(absent))?.size ?? 0;
  }
  return bytes;
}

// With retries: a child that is being killed may still create a file.
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
    throw diskError(error, doing, { full: "disk_full" });
  }
}
