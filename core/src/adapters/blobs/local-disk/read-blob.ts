import type { FileHandle } from "node:fs/promises";
import { AppError } from "../../../errors/app-error.ts";
import type { ByteSpan } from "../../../library/byte-range.ts";
import { diskError } from "../../system/disk-error.ts";

const chunkBytes = 256 * 1024;

/**
 * The bytes of a part of an open file, read on demand. Takes ownership of the file: it is closed at the
 * end, on a failed read, when the stream is canceled and when the signal aborts (the stream then fails with its reason).
 */
export function streamFile(file: FileHandle, span: ByteSpan, signal?: AbortSignal): ReadableStream<Uint8Array> {
  let position = span.start;
  let reading: Promise<unknown> = Promise.resolve();
  let closing: Promise<void> | undefined;

  // Waits for a pending read: closing the descriptor meanwhile could reassign its number to another file.
  const close = (): Promise<void> => {
    signal?.removeEventListener("abort", onAbort);
    closing ??= reading
      .catch(() => undefined)
      .then(() => file.close())
      .catch(() => undefined);
    return closing;
  };
  let fail: (error: unknown) => void = () => undefined;
  const onAbort = (): void => {
    fail(signal?.reason);
    void close();
  };

  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        fail = (error) => controller.error(error);
        if (signal?.aborted) onAbort();
        else signal?.addEventListener("abort", onAbort, { once: true });
      },
      async pull(controller) {
        const wanted = Math.min(chunkBytes, span.end - position);
        if (wanted <= 0) {
          await close();
          controller.close();
          return;
        }
        const chunk = new Uint8Array(wanted);
        try {
          const read = file.read(chunk, 0, wanted, position);
          reading = read;
          const { bytesRead } = await read;
          if (closing !== undefined) return;
          if (bytesRead === 0) throw new AppError("storage_error", "A stored file became shorter while it was read");
          position += bytesRead;
          controller.enqueue(bytesRead === wanted ? chunk : chunk.subarray(0, bytesRead));
        } catch (error) {
          if (closing !== undefined) return;
          await close();
          controller.error(diskError(error, "Reading a stored file"));
        }
      },
      cancel: close,
    },
    { highWaterMark: 1 },
  );
}
