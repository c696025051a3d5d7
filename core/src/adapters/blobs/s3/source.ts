import { AppError } from "../../../errors/app-error.ts";
import type { BlobSource } from "../../../library/blob-store.ts";
import { streamPieces } from "../../../library/stream-pieces.ts";
import { openOrdinaryFile } from "../../system/ordinary-file.ts";

const blockBytes = 1024 * 1024;

/** The bytes of a put in pieces, and their number if known. */
export interface OpenSource {
  /** Null when unknown until the end. */
  readonly bytes: number | null;
  /** To be walked once; leaving it early frees the file or cancels the stream, with the signal's reason if that aborted. */
  pieces(signal: AbortSignal): AsyncGenerator<Uint8Array>;
}

/** Opens what a put is to read. A symbolic link or anything that is not an ordinary file is refused. */
export async function openSource(source: BlobSource): Promise<OpenSource> {
  return source.kind === "file"
    ? openFileSource(source.path)
    : { bytes: null, pieces: (signal) => copied(streamPieces(source.stream, signal)) };
}

async function openFileSource(path: string): Promise<OpenSource> {
  const file = await openOrdinaryFile(path);
  try {
    const { size } = await file.stat();
    return {
      bytes: size,
      async *pieces(signal) {
        try {
          let position = 0;
          for (;;) {
            signal.throwIfAborted();
            // A new block each time: parts being uploaded still refer to earlier ones.
            const block = new Uint8Array(blockBytes);
            const { bytesRead } = await file.read(block, 0, blockBytes, position);
            if (bytesRead === 0) break;
            position += bytesRead;
            yield block.subarray(0, bytesRead);
          }
          if (position !== size) throw new AppError("storage_error", "The file changed while it was stored");
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

async function* copied(pieces: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  // The source may use its buffer again while a part waits to be sent.
  for await (const piece of pieces) yield piece.slice();
}
