import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import type { StoredBlob } from "../../../library/blob-store.ts";
import { streamPieces } from "../../../library/stream-pieces.ts";

/** Signal and progress of the copying and hashing of one put. */
export interface TransferOptions {
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((bytes: number) => void) | undefined;
}

// Large enough that the overhead of calls is negligible; hashing one takes about half a millisecond (3 ms without CPU
// support), so the event loop stays free and a thread of its own would gain nothing.
const blockBytes = 1024 * 1024;

/** Reads a file from its start to its end, hashing it; with `target` it is copied there too. */
export async function transferFile(
  source: FileHandle,
  target: FileHandle | null,
  options: TransferOptions,
): Promise<StoredBlob> {
  const hash = createHash("sha256");
  const block = Buffer.allocUnsafe(blockBytes);
  let bytes = 0;
  for (;;) {
    options.signal?.throwIfAborted();
    const { bytesRead } = await source.read(block, 0, blockBytes, bytes);
    if (bytesRead === 0) return { bytes, sha256: hash.digest("hex") };
    const part = block.subarray(0, bytesRead);
    if (target !== null) await writeAll(target, part);
    hash.update(part);
    bytes += bytesRead;
    options.onProgress?.(bytes);
  }
}

/**
 * Writes a stream into a file, hashing it. Small chunks are gathered, so that the number of writes depends on the size
 * alone. The stream is canceled when writing fails or the signal aborts.
 */
export async function transferStream(
  source: ReadableStream<Uint8Array>,
  target: FileHandle,
  options: TransferOptions,
): Promise<StoredBlob> {
  const hash = createHash("sha256");
  const block = Buffer.allocUnsafe(blockBytes);
  let filled = 0;
  let bytes = 0;
  const flush = async (): Promise<void> => {
    const part = block.subarray(0, filled);
    await writeAll(target, part);
    hash.update(part);
    bytes += filled;
    filled = 0;
    options.onProgress?.(bytes);
  };

  for await (const value of streamPieces(source, options.signal)) {
    for (let offset = 0; offset < value.byteLength; ) {
      const piece = value.subarray(offset, offset + blockBytes - filled);
      block.set(piece, filled);
      filled += piece.byteLength;
      offset += piece.byteLength;
      if (filled === blockBytes) await flush();
    }
  }
  if (filled > 0) await flush();
  return { bytes, sha256: hash.digest("hex") };
}

async function writeAll(target: FileHandle, part: Uint8Array): Promise<void> {
  for (let offset = 0; offset < part.byteLength; ) {
    const { bytesWritten } = await target.write(part, offset, part.byteLength - offset);
    offset += bytesWritten;
  }
}
