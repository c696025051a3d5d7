import { createHash, randomUUID } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { AppError, isAppError } from "../../errors/app-error.ts";
import { assertBlobKey, assertBlobPrefix } from "../../library/blob-key.ts";
import type { BlobInfo, BlobSource, BlobStore, PutOptions, UnfinishedUpload } from "../../library/blob-store.ts";
import { spanOf } from "../../library/byte-range.ts";
import { streamPieces } from "../../library/stream-pieces.ts";
import { memoryMark } from "./mark.ts";

/** Options of {@link createMemoryBlobStore}. */
export interface MemoryBlobStoreOptions {
  /** Bytes it holds at most; a put beyond that rejects with `storage_full`. Default: no limit. */
  readonly capacityBytes?: number;
}

interface HeldBlob {
  readonly content: Uint8Array<ArrayBuffer>;
  readonly modifiedAt: Date;
}

const chunkBytes = 64 * 1024;

/**
 * Keeps blobs in this process's memory: for tests, and for embedding where results are small and taken at once. Everything
 * is lost when the process ends. A source file is read and deleted, as a store that moves files would do.
 */
export function createMemoryBlobStore(options: MemoryBlobStoreOptions = {}): BlobStore {
  const capacity = options.capacityBytes ?? Number.POSITIVE_INFINITY;
  const blobs = new Map<string, HeldBlob>();
  const uploads = new Map<string, UnfinishedUpload>();
  const info = (key: string, blob: HeldBlob): BlobInfo => ({
    key,
    bytes: blob.content.byteLength,
    modifiedAt: blob.modifiedAt,
  });

  return {
    mark: memoryMark(),
    async put(key, source, putOptions) {
      assertBlobKey(key);
      const upload = { key, id: randomUUID(), modifiedAt: new Date() };
      uploads.set(upload.id, upload);
      try {
        const others = [...blobs].reduce((sum, [name, blob]) => sum + (name === key ? 0 : blob.content.byteLength), 0);
        const content = await readSource(source, capacity - others, putOptions);
        if (!uploads.has(upload.id)) throw new AppError("storage_error", "Storing a file failed: its upload was ended");
        blobs.set(key, { content, modifiedAt: new Date() });
        if (source.kind === "file") await rm(source.path, { force: true });
        return { bytes: content.byteLength, sha256: createHash("sha256").update(content).digest("hex") };
      } finally {
        uploads.delete(upload.id);
      }
    },
    async open(key, range, signal) {
      assertBlobKey(key);
      signal?.throwIfAborted();
      const blob = blobs.get(key);
      if (blob === undefined) return null;
      const { start, end } = spanOf(range, blob.content.byteLength);
      return { ...info(key, blob), body: streamBytes(blob.content.subarray(start, end), signal) };
    },
    async stat(key) {
      assertBlobKey(key);
      const blob = blobs.get(key);
      return blob === undefined ? null : info(key, blob);
    },
    async remove(keys) {
      for (const key of keys) assertBlobKey(key);
      for (const key of keys) blobs.delete(key);
    },
    async *list(prefix) {
      assertBlobPrefix(prefix);
      for (const [key, blob] of [...blobs]) if (key.startsWith(prefix)) yield info(key, blob);
    },
    async *listUploads(prefix) {
      assertBlobPrefix(prefix);
      for (const upload of [...uploads.values()]) if (upload.key?.startsWith(prefix)) yield upload;
    },
    abortUpload: async ({ id }) => void uploads.delete(id),
    async link(key) {
      assertBlobKey(key);
      return null;
    },
    check: async (signal) => signal?.throwIfAborted(),
    close: async () => undefined,
  };
}

async function readSource(source: BlobSource, room: number, options: PutOptions): Promise<Uint8Array<ArrayBuffer>> {
  const { signal } = options;
  try {
    signal?.throwIfAborted();
    const content =
      source.kind === "file"
        ? await readFile(source.path, signal === undefined ? {} : { signal })
        : await readStream(source.stream, room, signal);
    if (content.byteLength > room) throw new AppError("storage_full");
    options.onProgress?.(content.byteLength);
    return content;
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw isAppError(error) ? error : new AppError("storage_error", "Storing a file failed", { cause: error });
  }
}

async function readStream(
  stream: ReadableStream<Uint8Array>,
  room: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of streamPieces(stream, signal)) {
    bytes += piece.byteLength;
    if (bytes > room) throw new AppError("storage_full");
    // Copied: the source may use its buffer again.
    chunks.push(piece.slice());
  }
  return Buffer.concat(chunks);
}

function streamBytes(content: Uint8Array, signal: AbortSignal | undefined): ReadableStream<Uint8Array> {
  let offset = 0;
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (signal?.aborted) {
          controller.error(signal.reason);
        } else if (offset >= content.byteLength) {
          controller.close();
        } else {
          controller.enqueue(content.slice(offset, offset + chunkBytes));
          offset += chunkBytes;
        }
      },
    },
    { highWaterMark: 0 },
  );
}
