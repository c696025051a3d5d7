import { GetObjectCommand, type GetObjectCommandOutput, type S3Client } from "@aws-sdk/client-s3";
import { AppError } from "../../../errors/app-error.ts";
import type { OpenBlob } from "../../../library/blob-store.ts";
import { type ByteSpan, spanOf } from "../../../library/byte-range.ts";
import { absent, s3Error } from "./s3-error.ts";

type Range = { readonly start: number; readonly end?: number };
type Chunks = AsyncIterable<Uint8Array>;
/** Asks for the object from a byte on; `end` is the last byte wanted. */
type Get = (start: number, end?: number, etag?: string) => Promise<GetObjectCommandOutput>;

const doing = "Opening a stored file";
const maxFailures = 3;

/** Opens an object, or a part of it; null when there is none. */
export async function openObject(
  client: S3Client,
  target: { readonly Bucket: string; readonly Key: string },
  key: string,
  range: Range | undefined,
  signal: AbortSignal | undefined,
): Promise<OpenBlob | null> {
  // Ends the requests of this call; aborted at the end too, so that nothing stays on the caller's signal.
  const stop = new AbortController();
  const onAbort = (): void => stop.abort(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  stop.signal.addEventListener("abort", () => signal?.removeEventListener("abort", onAbort), { once: true });

  const get: Get = (start, end, etag) =>
    client.send(
      new GetObjectCommand({
        ...target,
        ...(start === 0 && end === undefined ? {} : { Range: `bytes=${start}-${end ?? ""}` }),
        ...(etag === undefined ? {} : { IfMatch: etag }),
      }),
      { abortSignal: stop.signal },
    );

  try {
    signal?.throwIfAborted();
    const answer = await get(range?.start ?? 0, range?.end).catch(absent);
    if (answer === null) {
      stop.abort();
      return null;
    }
    const bytes = totalBytes(answer);
    const span = spanOf(range, bytes);
    if (answer.ContentRange === undefined && span.end - span.start !== bytes) {
      throw new AppError("storage_error", "The storage does not serve ranges");
    }
    const chunks = resumingChunks(answer, get, span, stop.signal);
    const body = streamChunks(chunks, stop, (error) => s3Error(error, doing, target.Bucket));
    return { key, bytes, modifiedAt: answer.LastModified ?? new Date(), body };
  } catch (error) {
    stop.abort(error);
    throw signal?.aborted ? signal.reason : s3Error(error, doing, target.Bucket);
  }
}

function totalBytes(answer: GetObjectCommandOutput): number {
  const total = /\/(\d+)$/.exec(answer.ContentRange ?? "")?.[1];
  return total === undefined ? lengthOf(answer.ContentLength) : Number(total);
}

/** The length of an answer. A missing one must not count as zero, or a file would be served empty. */
export function lengthOf(contentLength: number | undefined): number {
  if (contentLength === undefined) throw new AppError("storage_error", "The storage did not say how long a file is");
  return contentLength;
}

/**
 * A slow reader lets the connection idle until one side closes it, so a broken download is resumed where it broke, for the
 * same version of the object; three failures without a byte in between end it.
 */
async function* resumingChunks(
  answer: GetObjectCommandOutput,
  get: Get,
  span: ByteSpan,
  stopped: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  let position = span.start;
  let failures = 0;
  let body: Chunks | null = chunksOf(answer);
  while (position < span.end) {
    try {
      body ??= chunksOf(await get(position, span.end - 1, answer.ETag));
      for await (const chunk of body) {
        position += chunk.byteLength;
        failures = 0;
        yield chunk;
      }
      if (position < span.end) throw new AppError("storage_error", "A stored file ended early");
    } catch (error) {
      failures += 1;
      if (stopped.aborted || failures >= maxFailures) throw error;
    }
    body = null;
  }
}

// The SDK's type covers browsers too; with the Node handler it is a Node stream, which yields buffers.
function chunksOf(answer: GetObjectCommandOutput): Chunks {
  return answer.Body as unknown as Chunks;
}

/** Chunks as a web stream that asks for one only when it is wanted. */
function streamChunks(
  chunks: AsyncGenerator<Uint8Array, void>,
  stop: AbortController,
  explain: (error: unknown) => unknown,
): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        stop.signal.addEventListener("abort", () => controller.error(stop.signal.reason), { once: true });
      },
      async pull(controller) {
        try {
          const { done, value } = await chunks.next();
          if (stop.signal.aborted) return;
          if (!done) {
            controller.enqueue(value);
            return;
          }
          controller.close();
          stop.abort();
        } catch (error) {
          if (stop.signal.aborted) return;
          controller.error(explain(error));
          stop.abort();
        }
      },
      cancel(reason) {
        stop.abort(reason);
        void chunks.return(undefined).catch(() => undefined);
      },
    },
    { highWaterMark: 0 },
  );
}
