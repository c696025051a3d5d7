import { SaveError } from "../errors.ts";
import { beginDigest } from "./digest.ts";
import { fetchBytes } from "./fetch-bytes.ts";
import type { SaveOptions } from "./options.ts";
import { type FileToSave, wrongBytes } from "./to-file.ts";
import { unlessAborted } from "./unless-aborted.ts";

/** Writes a file into a stream, which it closes; one that fails or is aborted aborts the stream. */
export async function saveToStream(
  target: WritableStream<Uint8Array>,
  { artifact, open, onBytes }: FileToSave,
  options: SaveOptions,
): Promise<void> {
  const { signal } = options;
  const writer = target.getWriter();
  try {
    const digest = await beginDigest();
    let at = 0;
    for await (const chunk of fetchBytes(open, artifact, at, options)) {
      await written(writer.write(chunk), signal);
      digest.update(chunk);
      at += chunk.length;
      onBytes(at);
      signal?.throwIfAborted();
    }
    if (digest.hex() !== artifact.sha256) throw wrongBytes(artifact, null);
    await written(writer.close(), signal);
  } catch (error) {
    // Not waited for: a sink that hangs in a write never answers.
    writer.abort(error).catch(() => undefined);
    throw error;
  } finally {
    writer.releaseLock();
  }
}

/** A write, or the abort that came first. */
async function written(write: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  const refused = (cause: unknown): never => {
    const isFull = (cause as { readonly name?: unknown } | null)?.name === "QuotaExceededError";
    const why = cause instanceof Error ? `: ${cause.message}` : ".";
    throw new SaveError(`The stream took no more of the file${why}`, isFull ? "disk_full" : "not_writable", null, {
      cause,
    });
  };
  await unlessAborted(write.catch(refused), signal);
}
