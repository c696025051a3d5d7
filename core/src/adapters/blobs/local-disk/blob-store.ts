import { randomUUID } from "node:crypto";
import { type FileHandle, lstat, stat } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "../../../errors/app-error.ts";
import { assertBlobKey, assertBlobPrefix } from "../../../library/blob-key.ts";
import type { BlobSource, BlobStore, PutOptions, StoredBlob } from "../../../library/blob-store.ts";
import { spanOf } from "../../../library/byte-range.ts";
import { diskError } from "../../system/disk-error.ts";
import { openOrdinaryFile } from "../../system/ordinary-file.ts";
import { systemCode } from "../../system/system-error.ts";
import { absent, type BlobFolder, blobFolder, createFile, unlinkIfThere } from "./blob-folder.ts";
import { moveDurably, privateFile, withFile } from "./durable.ts";
import { fileMark } from "./file-mark.ts";
import { streamFile } from "./read-blob.ts";
import { transferFile, transferStream } from "./write-blob.ts";

/** Where {@link localDiskBlobs} keeps its files. */
export interface LocalDiskBlobsOptions {
  /** Made when missing. Give it to this store alone. */
  readonly directory: string;
}

/** Blobs that are files of this machine. */
export interface LocalDiskBlobs extends BlobStore {
  /** Where a blob's file is; for a program that wants to move it instead of copying it. */
  pathOf(key: string): Promise<string>;
}

/**
 * Keeps blobs as files of a local folder, the key being the path below it.
 *
 * A put is on the disk when it resolves: the content is flushed before it gets its name, and the folder after. A source
 * file on the same file system is hashed and renamed (it is gone afterwards); any other is copied. Files are readable by
 * this user only. There are no links ({@link BlobStore.link} gives null); content types are not kept.
 */
export function localDiskBlobs(options: LocalDiskBlobsOptions): LocalDiskBlobs {
  const folder = blobFolder(options.directory);
  return {
    // A dot in front keeps it out of lists.
    mark: fileMark(join(options.directory, ".vidferry-deployment")),
    pathOf: (key) => folder.pathOf(key),

    async put(key, source, putOptions) {
      try {
        putOptions.signal?.throwIfAborted();
        const path = await folder.pathOf(key);
        return source.kind === "file"
          ? await putFile(folder, source, { key, path }, putOptions)
          : await putNew(folder, { key, path }, (target) => fillFrom(source, target, putOptions));
      } catch (error) {
        throw explain(error, putOptions.signal, "Storing a file");
      }
    },

    async open(key, range, signal) {
      try {
        signal?.throwIfAborted();
        const path = await folder.pathOf(key);
        const file = await openOrdinaryFile(path).catch(absent);
        if (file === null) return null;
        try {
          const { size, mtime } = await file.stat();
          const span = spanOf(range, size);
          return { key, bytes: size, modifiedAt: mtime, body: streamFile(file, span, signal) };
        } catch (error) {
          await file.close();
          throw error;
        }
      } catch (error) {
        throw explain(error, signal, "Opening a stored file");
      }
    },

    async stat(key) {
      try {
        const stats = await lstat(await folder.pathOf(key)).catch(absent);
        return stats?.isFile() ? { key, bytes: stats.size, modifiedAt: stats.mtime } : null;
      } catch (error) {
        throw diskError(error, "Looking at a stored file");
      }
    },

    async remove(keys) {
      try {
        for (const key of keys) {
          const path = await folder.pathOf(key);
          await unlinkIfThere(path);
          await folder.prune(path);
        }
      } catch (error) {
        throw diskError(error, "Deleting a stored file");
      }
    },

    async *list(prefix) {
      assertBlobPrefix(prefix);
      try {
        yield* folder.walk(prefix);
      } catch (error) {
        throw diskError(error, "Listing the stored files");
      }
    },

    async *listUploads(prefix) {
      assertBlobPrefix(prefix);
      try {
        yield* folder.walkTemporary(prefix);
      } catch (error) {
        throw diskError(error, "Listing unfinished files");
      }
    },

    async abortUpload(upload) {
      try {
        await unlinkIfThere(await folder.pathOfTemporary(upload));
      } catch (error) {
        throw diskError(error, "Deleting an unfinished file");
      }
    },

    async link(key) {
      assertBlobKey(key);
      return null;
    },
    check: (signal) => check(folder, signal),
    close: async () => undefined,
  };
}

/** The destination of a put. */
interface Target {
  readonly key: string;
  readonly path: string;
}

type FileSource = BlobSource & { kind: "file" };

async function putFile(folder: BlobFolder, from: FileSource, to: Target, options: PutOptions): Promise<StoredBlob> {
  return withFile(await openOrdinaryFile(from.path), (file) => putOpenFile(folder, file, from, to, options));
}

async function putOpenFile(
  folder: BlobFolder,
  file: FileHandle,
  from: FileSource,
  to: Target,
  options: PutOptions,
): Promise<StoredBlob> {
  const source = await file.stat();
  const { dev } = await stat(await folder.temporary());
  // A file with a second hard link could be modified through it later, so it is copied.
  if (source.dev !== dev || source.nlink > 1) return putNew(folder, to, (target) => copyFrom(file, target, options));
  await file.chmod(privateFile).catch(unlessShared);
  // Downloaders set a file's time to the upload date of the video; a blob's time is when it was stored.
  const now = new Date();
  await file.utimes(now, now).catch(unlessShared);
  // Concurrently: flushing waits for the disk, hashing uses the CPU.
  const [hashed, flushed] = await Promise.allSettled([digestOf(file, source.size, from, options), file.sync()]);
  if (hashed.status === "rejected") throw hashed.reason;
  if (flushed.status === "rejected") throw flushed.reason;
  options.signal?.throwIfAborted();
  try {
    await moveDurably(from.path, to.path);
    return hashed.value;
  } catch (error) {
    // Two mounts of one file system have the same device number and still refuse the rename.
    if (systemCode(error) !== "EXDEV") throw error;
    return putNew(folder, to, (target) => copyFrom(file, target, options));
  }
}

/** Reads the file, unless its writer has computed the digest already. */
async function digestOf(file: FileHandle, size: number, from: FileSource, options: PutOptions): Promise<StoredBlob> {
  if (from.known?.bytes !== size) return transferFile(file, null, transferOptions(options));
  options.onProgress?.(size);
  return from.known;
}

/** For `catch`: on many network shares the files belong to the share's user, and only that user may change modes and times. */
function unlessShared(error: unknown): void {
  if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"].includes(systemCode(error) ?? "")) throw error;
}

async function putNew(
  folder: BlobFolder,
  to: Target,
  fill: (target: FileHandle) => Promise<StoredBlob>,
): Promise<StoredBlob> {
  const temporary = await folder.temporaryFor(to.key);
  try {
    const stored = await withFile(await createFile(temporary), async (target) => {
      const filled = await fill(target);
      await target.sync();
      return filled;
    });
    await moveDurably(temporary, to.path);
    return stored;
  } catch (error) {
    await unlinkIfThere(temporary).catch(() => undefined);
    throw error;
  }
}

function copyFrom(file: FileHandle, target: FileHandle, options: PutOptions): Promise<StoredBlob> {
  return transferFile(file, target, transferOptions(options));
}

function fillFrom(
  source: BlobSource & { kind: "stream" },
  target: FileHandle,
  options: PutOptions,
): Promise<StoredBlob> {
  return transferStream(source.stream, target, transferOptions(options));
}

function transferOptions(options: PutOptions) {
  return { signal: options.signal, onProgress: options.onProgress };
}

async function check(folder: BlobFolder, signal: AbortSignal | undefined): Promise<void> {
  try {
    signal?.throwIfAborted();
    const path = join(await folder.temporary(), randomUUID());
    const text = "vidferry";
    try {
      await withFile(await createFile(path), async (file) => {
        await file.write(text);
        await file.sync();
        const { buffer, bytesRead } = await file.read(Buffer.alloc(text.length), 0, text.length, 0);
        if (buffer.subarray(0, bytesRead).toString() === text) return;
        throw new AppError("storage_error", "The storage gave back other bytes than were written");
      });
    } finally {
      await unlinkIfThere(path);
    }
  } catch (error) {
    throw explain(error, signal, "Checking the storage");
  }
}

// The reason of an abort is the caller's own and goes back as it is.
function explain(error: unknown, signal: AbortSignal | undefined, doing: string): unknown {
  if (signal?.aborted) return signal.reason;
  return diskError(error, doing);
}
