import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { AbortMultipartUploadCommand, CompleteMultipartUploadCommand, type S3Client } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import type { PutOptions, StoredBlob } from "../../../library/blob-store.ts";
import type { OpenSource } from "./source.ts";

const mebibyte = 1024 * 1024;
// At most (queueSize + 1) parts are held at a time, plus what the runtime has not collected yet. S3 takes 10,000 parts, so
// 8 MiB each reach 78 GiB for a stream whose length is not known; a file's length is, and larger ones get larger parts.
const queueSize = 3;
const smallestPartBytes = 8 * mebibyte;
const comfortableParts = 9_000;

/**
 * Uploads a source: in one request when it fits a part, else in parts. All or nothing: nothing stands under the key before
 * the last request, and after a failure or an abort the parts are deleted before this rejects. Once the last request has been
 * sent, an abort is ignored.
 */
export async function upload(
  client: S3Client,
  target: { readonly Bucket: string; readonly Key: string },
  source: OpenSource,
  options: PutOptions,
): Promise<StoredBlob> {
  const stop = new AbortController();
  const onAbort = (): void => stop.abort(options.signal?.reason);
  options.signal?.addEventListener("abort", onAbort, { once: true });
  if (options.signal?.aborted) onAbort();

  const hash = createHash("sha256");
  let bytes = 0;
  async function* hashed(): AsyncGenerator<Uint8Array> {
    try {
      for await (const piece of source.pieces(stop.signal)) {
        hash.update(piece);
        bytes += piece.byteLength;
        yield piece;
      }
    } catch (error) {
      stop.abort(error);
      throw error;
    }
  }

  try {
    const transfer = new Upload({
      client: stoppable(client, stop),
      params: { ...target, Body: Readable.from(hashed(), { objectMode: false }), ContentType: options.contentType },
      queueSize,
      partSize: partBytesFor(source.bytes),
      leavePartsOnError: false,
    });
    transfer.on("httpUploadProgress", ({ loaded }) => options.onProgress?.(loaded ?? 0));
    await transfer.done();
    return { bytes, sha256: hash.digest("hex") };
  } catch (error) {
    // The first failure, not its consequences (aborted parts).
    throw stop.signal.aborted ? stop.signal.reason : error;
  } finally {
    options.signal?.removeEventListener("abort", onAbort);
  }
}

function partBytesFor(bytes: number | null): number {
  if (bytes === null) return smallestPartBytes;
  return Math.max(smallestPartBytes, Math.ceil(bytes / comfortableParts / mebibyte) * mebibyte);
}

/**
 * The client as one upload sees it. lib-storage gives its requests no signal, so after an abort or a failed part the others
 * would run on; here the first failure stops them all. Deleting the parts is not aborted, and its own failure must not hide
 * the first one: garbage collection finds what is left.
 */
function stoppable(client: S3Client, stop: AbortController): S3Client {
  const send = async (command: Parameters<S3Client["send"]>[0]): Promise<unknown> => {
    if (command instanceof AbortMultipartUploadCommand) return client.send(command).catch(() => undefined);
    if (command instanceof CompleteMultipartUploadCommand) return client.send(command);
    try {
      return await client.send(command, { abortSignal: stop.signal });
    } catch (error) {
      stop.abort(error);
      throw error;
    }
  };
  return Object.create(client, { send: { value: send } }) as S3Client;
}
