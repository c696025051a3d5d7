import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { AppError } from "../../../errors/app-error.ts";
import type { BlobSource } from "../../../library/blob-store.ts";

const blockBytes = 1024 * 1024;

/** The bytes of a put, piece by piece, and what is known of their number. */
export interface OpenSource {
  /** Null when only the end will tell. */
  readonly bytes: number | null;
  /** To be walked once; leaving it early frees the file or cancels the stream, with the signal's reason if that aborted. */
  pieces(signal: AbortSignal): AsyncGenerator<Uint8Array>;
}

/** Opens what a put is to read. A symbolic link or anything that is not an ordinary file is refused. */
export async function openSource(source: BlobSource): Promise<OpenSource> {
  return source.kind === "file"
    ? openFileSource(source.path)
    : { bytes: null, pieces: (signal) => streamPieces(source.stream, signal) };
}

async function openFileSource(path: string): Promise<OpenSource> {
  // Non-blocking, or opening a named pipe would wait for its writer.
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw new Error("not an ordinary file");
    return {
      bytes: stats.size,
      async *pieces(signal) {
        try {
          let position = 0;
          for (;;) {
            signal.throwIfAborted();
            // A new block each time: parts that are under way still refer to the last ones.
            const block = new Uint8Array(blockBytes);
            const { bytesRead } = await file.read(block, 0, blockBytes, position);
            if (bytesRead === 0) break;
            position += bytesRead;
            yield block.subarray(0, bytesRead);
          }
          if (position !== stats.size) throw new AppError("storage_error", "The file changed while it was stored");
        } finally {
          await file.close();
        }
      },
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function* streamPieces(stream: ReadableStream<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  let finished = false;
  // Canceling is what wakes a read that waits for a silent source.
  const onAbort = (): void => void reader.cancel(signal.reason).catch(() => undefined);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    signal.throwIfAborted();
    for (;;) {
      const { done, value } = await reader.read();
      signal.throwIfAborted();
      if (done) break;
      // Copied: the source may use its buffer again while a part waits to be sent.
      yield value.slice();
    }
    finished = true;
  } finally {
    signal.removeEventListener("abort", onAbort);
    if (!finished) await reader.cancel(signal.reason).catch(() => undefined);
  }
}
