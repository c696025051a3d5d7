import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import {
  AppError,
  assertBlobKey,
  assertBlobPrefix,
  type BlobInfo,
  type BlobStore,
  type StoredBlob,
  type UnfinishedUpload,
} from "@vidferry/core";

interface Entry extends BlobInfo {
  readonly content: Uint8Array;
}

const pieceBytes = 64 * 1024;

/** Blobs in a `Map`: for tests, and to show what a store has to do. What matters is kept elsewhere, and larger than the memory. */
export function createMapBlobs(): BlobStore {
  const blobs = new Map<string, Entry>();
  const uploads = new Map<string, UnfinishedUpload & { readonly stop: AbortController }>();
  let mark: string | null = null;

  const put: BlobStore["put"] = async (key, source, { signal, onProgress }) => {
    assertBlobKey(key);
    signal?.throwIfAborted();
    const stop = new AbortController();
    const upload = { key, id: randomUUID(), modifiedAt: new Date(), stop };
    uploads.set(upload.id, upload);
    const hash = createHash("sha256");
    const pieces: Uint8Array[] = [];
    let bytes = 0;
    const collect = new WritableStream<Uint8Array>({
      write(piece) {
        hash.update(piece);
        pieces.push(Uint8Array.from(piece));
        bytes += piece.byteLength;
        onProgress?.(bytes);
      },
    });
    try {
      const either = AbortSignal.any(signal === undefined ? [stop.signal] : [stop.signal, signal]);
      const stream =
        source.kind === "stream"
          ? source.stream
          : (Readable.toWeb(createReadStream(source.path)) as unknown as ReadableStream<Uint8Array>);
      await stream.pipeTo(collect, { signal: either });
      // All or nothing: only now anybody sees it.
      blobs.set(key, { key, bytes, modifiedAt: new Date(), content: Buffer.concat(pieces) });
      return { bytes, sha256: hash.digest("hex") } satisfies StoredBlob;
    } catch (error) {
      signal?.throwIfAborted();
      throw new AppError("storage_error", "A file could not be stored.", { cause: error });
    } finally {
      uploads.delete(upload.id);
    }
  };

  return {
    put,
    async open(key, range, signal) {
      assertBlobKey(key);
      signal?.throwIfAborted();
      const entry = blobs.get(key);
      if (entry === undefined) return null;
      const { content, ...info } = entry;
      const { start, end = content.byteLength - 1 } = range ?? { start: 0 };
      if (range !== undefined && (start >= content.byteLength || end < start))
        throw new AppError("range_not_satisfiable");
      let at = start;
      const last = Math.min(end, content.byteLength - 1);
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          if (signal?.aborted) return controller.error(signal.reason);
          if (at > last) return controller.close();
          const piece = content.slice(at, Math.min(at + pieceBytes, last + 1));
          at += piece.byteLength;
          controller.enqueue(piece);
        },
      });
      return { ...info, body };
    },
    async stat(key) {
      assertBlobKey(key);
      const entry = blobs.get(key);
      return entry === undefined ? null : { key, bytes: entry.bytes, modifiedAt: entry.modifiedAt };
    },
    async remove(keys) {
      keys.forEach(assertBlobKey);
      for (const key of keys) blobs.delete(key);
    },
    async *list(prefix) {
      assertBlobPrefix(prefix);
      for (const { content: _, ...info } of [...blobs.values()]) if (info.key.startsWith(prefix)) yield info;
    },
    async *listUploads(prefix) {
      for (const { stop: _, ...upload } of [...uploads.values()]) if (upload.key?.startsWith(prefix)) yield upload;
    },
    async abortUpload({ id }) {
      uploads.get(id)?.stop.abort(new Error("the upload was ended"));
    },
    // Nobody else can read what is in this process.
    async link(key) {
      assertBlobKey(key);
      return null;
    },
    async check(signal) {
      const key = `check-${randomUUID()}`;
      const stream = new Blob(["written to be read"]).stream();
      await put(
        key,
        { kind: "stream", stream },
        { contentType: "text/plain", ...(signal !== undefined && { signal }) },
      );
      blobs.delete(key);
    },
    async close() {
      for (const { stop } of uploads.values()) stop.abort(new Error("the store was closed"));
      blobs.clear();
    },
    mark: {
      read: async () => mark,
      claim: async (id) => {
        mark ??= id;
        return mark;
      },
      replace: async (id) => {
        mark = id;
      },
    },
  };
}
