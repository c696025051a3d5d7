import { SaveError } from "../errors.ts";
import type { Artifact } from "../types.ts";
import { beginDigest, type Digest } from "./digest.ts";
import { fetchBytes, type OpenBytes } from "./fetch-bytes.ts";
import type { SaveOptions } from "./options.ts";
import { placeNew } from "./place-new.ts";
import type { OpenFile, Platform } from "./platform.ts";

/** A file to save, and what is told of its bytes. */
export interface FileToSave {
  readonly artifact: Artifact;
  readonly open: OpenBytes;
  /** Called with how many bytes of it are in their place. */
  readonly onBytes: (saved: number) => void;
}

/** Bytes that are read at a time of what is there already. */
const pieceBytes = 1 << 20;

/**
 * Saves a file at a path: into a hidden file beside it first, named after its content, which an earlier save may have begun,
 * and which takes the path when every byte is there and their SHA-256 is right.
 */
export async function saveToFile(
  { files, paths }: Platform,
  { artifact, open, onBytes }: FileToSave,
  path: string,
  options: SaveOptions,
): Promise<void> {
  // It is a part of a name.
  if (!/^[0-9a-f]{64}$/.test(artifact.sha256))
    throw new SaveError(`The service names no SHA-256 of ${artifact.fileName}.`, "unsafe_name", path);
  const part = paths.join(paths.dirname(path), `.vidferry-${artifact.sha256.slice(0, 32)}.part`);
  try {
    await files.mkdir(paths.dirname(path), { recursive: true });
    const there = await files.stat(path).catch(unlessMissing);
    if (there !== null) {
      if (await isThere({ files, paths }, path, artifact, options.signal)) {
        // A save that was killed may have left it after the file had its name.
        await files.rm(part, { force: true });
        onBytes(artifact.bytes);
        return;
      }
      if (there.isDirectory() || options.overwrite !== true) throw exists(path);
    }
    // What an earlier save left may be wrong after a power failure; then it begins anew, once.
    for (let isNew = false; ; isNew = true) {
      const resumed = await fill({ files, paths }, part, { artifact, open, onBytes }, options);
      if (resumed === "whole") break;
      await files.rm(part, { force: true });
      if (isNew || resumed === "wrong") throw wrongBytes(artifact, path);
    }
    options.signal?.throwIfAborted();
    if (options.overwrite === true) await files.rename(part, path);
    else if (!(await placeNew(files, part, path))) {
      if (!(await isThere({ files, paths }, path, artifact, options.signal))) throw exists(path);
      await files.rm(part, { force: true });
    }
  } catch (error) {
    throw toSaveError(error, path);
  }
}

/** Whether the file is at its path already. */
async function isThere(
  platform: Platform,
  path: string,
  artifact: Artifact,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const stats = await platform.files.stat(path);
  if (stats.isDirectory() || stats.size !== artifact.bytes) return false;
  return (await digestAt(platform, path, signal)) === artifact.sha256;
}

/** Fills the part. `stale`: what was there before it was not the beginning of the file. */
async function fill(
  { files }: Platform,
  part: string,
  { artifact, open, onBytes }: FileToSave,
  options: SaveOptions,
): Promise<"whole" | "stale" | "wrong"> {
  const { signal } = options;
  const digest = await beginDigest();
  const file = await openPart(files, part);
  try {
    const { size } = await file.stat();
    if (size > artifact.bytes) return "stale";
    let at = await addTo(digest, file, size, signal);
    onBytes(at);
    for await (const chunk of fetchBytes(open, artifact, at, options)) {
      // At its place rather than at the end: two saves at once write the same bytes.
      for (let done = 0; done < chunk.length; ) {
        done += (await file.write(chunk, done, chunk.length - done, at + done)).bytesWritten;
      }
      digest.update(chunk);
      at += chunk.length;
      onBytes(at);
      signal?.throwIfAborted();
    }
    if (digest.hex() !== artifact.sha256) return size > 0 ? "stale" : "wrong";
    await file.sync();
    return "whole";
  } finally {
    await file.close();
  }
}

/** Opens the part where one is, else makes it; never empties one that another save fills. */
async function openPart(files: Platform["files"], part: string): Promise<OpenFile> {
  for (;;) {
    try {
      return await files.open(part, "r+");
    } catch (error) {
      unlessMissing(error);
    }
    try {
      return await files.open(part, "wx+");
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
    }
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

const codeOf = (error: unknown): unknown => (error as { readonly code?: unknown } | null)?.code;

function unlessMissing(error: unknown): null {
  if (codeOf(error) !== "ENOENT") throw error;
  return null;
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
