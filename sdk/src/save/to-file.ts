import { SaveError } from "../errors.ts";
import type { Artifact } from "../types.ts";
import { beginDigest, type Digest } from "./digest.ts";
import { fetchBytes, type OpenBytes } from "./fetch-bytes.ts";
import { oneAtATime } from "./one-at-a-time.ts";
import { openPart } from "./open-part.ts";
import type { SaveOptions } from "./options.ts";
import { type FileIdentity, place } from "./place.ts";
import type { OpenFile, Platform } from "./platform.ts";
import { codeOf, unlessMissing } from "./system-error.ts";

/** A file to save, and what is told of its bytes. */
export interface FileToSave {
  readonly artifact: Artifact;
  readonly open: OpenBytes;
  /** Called with how many bytes of it are in their place. */
  readonly onBytes: (saved: number) => void;
}

/** Bytes that are read at a time of what is there already. */
const pieceBytes = 1 << 20;

/** How often another program may take a part away until the save gives up. */
const mostTries = 5;

/**
 * Saves a file at a path: into a hidden file beside it first, named after its content, which an earlier save may have begun,
 * and which takes the path when every byte is there and their SHA-256 is right. Saves of the same content into one folder wait for
 * one another.
 */
export async function saveToFile(
  platform: Platform,
  file: FileToSave,
  path: string,
  options: SaveOptions,
): Promise<void> {
  const { sha256, fileName } = file.artifact;
  // It is a part of a name.
  if (!/^[0-9a-f]{64}$/.test(sha256))
    throw new SaveError(`The service names no SHA-256 of ${fileName}.`, "unsafe_name", path);
  const { dirname, join } = platform.paths;
  const part = join(dirname(path), `.vidferry-${sha256.slice(0, 32)}.part`);
  try {
    await oneAtATime(part, options.signal, () => saveThrough(platform, file, { part, path }, options));
  } catch (error) {
    throw toSaveError(error, path);
  }
}

async function saveThrough(
  platform: Platform,
  file: FileToSave,
  { part, path }: { readonly part: string; readonly path: string },
  options: SaveOptions,
): Promise<void> {
  const { files, paths } = platform;
  const { artifact, onBytes } = file;
  const { signal, overwrite = false } = options;
  await files.mkdir(paths.dirname(path), { recursive: true });
  let wasStale = false;
  for (let tries = 1; tries <= mostTries; tries += 1) {
    const there = await files.stat(path).catch(unlessMissing);
    if (there !== null) {
      if (await isThere(platform, path, artifact, signal)) {
        // A save that was killed may have left it after the file had its name.
        await files.rm(part, { force: true });
        onBytes(artifact.bytes);
        return;
      }
      if (there.isDirectory() || !overwrite) throw exists(path);
    }
    const { outcome, identity } = await fill(platform, part, file, options);
    if (outcome !== "whole") {
      // What an earlier save left may be wrong after a power failure; then it begins anew, once.
      await files.rm(part, { force: true });
      if (wasStale || outcome === "wrong") throw wrongBytes(artifact, path);
      wasStale = true;
      continue;
    }
    signal?.throwIfAborted();
    // Where it is taken or lost, another program did the same, and the next look says what came of that.
    const isWhole = (at: string) => isThere(platform, at, artifact, signal);
    const filled = { ...identity, path: part, bytes: artifact.bytes, isWhole };
    // Saves of other content may come to the same path.
    const placed = await oneAtATime(path, signal, () => place(files, filled, path, overwrite));
    if (placed === "placed") return;
  }
  throw new SaveError(
    `Other programs take away what comes for ${path}: save into a folder that none of them uses.`,
    "not_writable",
    path,
  );
}

/** Whether the file is at its path already. */
async function isThere(
  platform: Platform,
  path: string,
  artifact: Artifact,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const stats = await platform.files.stat(path).catch(unlessMissing);
  if (stats === null || stats.isDirectory() || stats.size !== artifact.bytes) return false;
  return (await digestAt(platform, path, signal)) === artifact.sha256;
}

/** Fills the part. `stale`: what was there before it was not the beginning of the file. */
async function fill(
  platform: Platform,
  part: string,
  { artifact, open, onBytes }: FileToSave,
  options: SaveOptions,
): Promise<{ readonly outcome: "whole" | "stale" | "wrong"; readonly identity: FileIdentity }> {
  const { signal } = options;
  const digest = await beginDigest();
  const file = await openPart(platform, part);
  try {
    const { size, ino, dev } = await file.stat();
    const identity = { ino, dev };
    if (size > artifact.bytes) return { outcome: "stale", identity };
    let at = await addTo(digest, file, size, signal);
    onBytes(at);
    for await (const chunk of fetchBytes(open, artifact, at, options)) {
      // At its place rather than at the end: two programs that save the same write the same bytes.
      for (let done = 0; done < chunk.length; ) {
        done += (await file.write(chunk, done, chunk.length - done, at + done)).bytesWritten;
      }
      digest.update(chunk);
      at += chunk.length;
      onBytes(at);
      signal?.throwIfAborted();
    }
    if (digest.hex() !== artifact.sha256) return { outcome: size > 0 ? "stale" : "wrong", identity };
    await file.sync();
    return { outcome: "whole", identity };
  } finally {
    await file.close();
  }
}

async function addTo(digest: Digest, file: OpenFile, size: number, signal: AbortSignal | undefined): Promise<number> {
  const piece = new Uint8Array(Math.min(size, pieceBytes));
  let at = 0;
  while (at < size) {
    signal?.throwIfAborted();
    const { bytesRead } = await file.read(piece, 0, Math.min(piece.length, size - at), at);
    if (bytesRead === 0) break;
    digest.update(piece.subarray(0, bytesRead));
    at += bytesRead;
  }
  return at;
}

async function digestAt({ files }: Platform, path: string, signal: AbortSignal | undefined): Promise<string> {
  const [digest, file] = [await beginDigest(), await files.open(path, "r")];
  try {
    await addTo(digest, file, (await file.stat()).size, signal);
    return digest.hex();
  } finally {
    await file.close();
  }
}

const exists = (path: string): SaveError =>
  new SaveError(
    `${path} is there already, with other content. Save elsewhere, or with overwrite: true.`,
    "exists",
    path,
  );

/** The error of bytes that are not those that the service stored. */
export const wrongBytes = ({ fileName }: Artifact, path: string | null): SaveError =>
  new SaveError(
    `What came of ${fileName} is not what the service stored (its SHA-256 differs): something in between changes bytes. Try again, or by another way.`,
    "checksum",
    path,
  );

const isOfDisk = new Set<unknown>(["ENOSPC", "EDQUOT", "EFBIG"]);

/** The error of the disk in words; other errors stay. */
function toSaveError(error: unknown, path: string): unknown {
  const code = codeOf(error);
  if (error instanceof SaveError) {
    return error.path === null ? new SaveError(error.message, error.reason, path, { cause: error.cause }) : error;
  }
  if (typeof code !== "string" || !/^E[A-Z0-9]+$/.test(code)) return error;
  return isOfDisk.has(code)
    ? new SaveError(
        `The disk of ${path} is full (${code}). What came is kept: make room and save again.`,
        "disk_full",
        path,
        { cause: error },
      )
    : new SaveError(`${path} cannot be written (${code}): ${(error as Error).message}`, "not_writable", path, {
        cause: error,
      });
}
