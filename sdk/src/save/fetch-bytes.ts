import { ApiError, ConnectionError, isPassingError, RateLimitError, SaveError } from "../errors.ts";
import { readChunks } from "../read-chunks.ts";
import { retryDelay } from "../retry-policy.ts";
import { sleep } from "../sleep.ts";
import type { Artifact } from "../types.ts";
import type { SaveOptions } from "./options.ts";

/** Asks for a file from an offset on, if it is still the one with this tag. */
export type OpenBytes = (offset: number, tag: string) => Promise<Response>;

/** The tag of the service, which is the digest; a storage that serves files itself has others. */
const ownTag = /^"[0-9a-f]{64}"$/;

/**
 * The bytes of a file from an offset on, over as many connections as it takes: one that breaks, goes silent, or ends early is
 * replaced by one that goes on after the last byte. Rejects with a `SaveError` when the service has another file there.
 */
export async function* fetchBytes(
  open: OpenBytes,
  artifact: Artifact,
  from: number,
  { signal, silenceMs = 45_000, maxReconnects = 10 }: SaveOptions,
): AsyncGenerator<Uint8Array, void, void> {
  const what = `The file ${artifact.fileName}`;
  let at = from;
  let tag = `"${artifact.sha256}"`;
  for (let failures = 0; at < artifact.bytes; ) {
    let failure: unknown = new ConnectionError(`${what} ended after ${at} of ${artifact.bytes} bytes.`, "broken");
    try {
      signal?.throwIfAborted();
      const response = await open(at, tag);
      const given = response.headers.get("etag");
      // A storage does not know our tag, and sends all of it: with its own it serves the rest.
      if (at > 0 && response.status === 200 && given !== null && isForeign(given) && given !== tag) {
        await response.body?.cancel().catch(() => undefined);
        tag = given;
        continue;
      }
      let skipped = await startOf(response, artifact, at);
      if (given !== null && isForeign(given)) tag = given;
      for await (const chunk of readChunks(bodyOf(response), { what, silenceMs, signal })) {
        const rest = skipped === 0 ? chunk : chunk.subarray(Math.min(skipped, chunk.length));
        skipped -= chunk.length - rest.length;
        if (at + rest.length > artifact.bytes) throw changed(artifact);
        failures = 0;
        if (rest.length === 0) continue;
        yield rest;
        at += rest.length;
      }
      signal?.throwIfAborted();
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof ApiError && error.status === 416) throw changed(artifact);
      if (!isPassingError(error)) throw error;
      failure = error;
    }
    if (at === artifact.bytes) return;
    failures += 1;
    const asked = failure instanceof RateLimitError ? failure.retryAfterMs : null;
    const delay = retryDelay(failures, asked);
    if (failures > maxReconnects || delay === null) throw failure;
    await sleep(delay, signal);
  }
}

const isForeign = (tag: string): boolean => !tag.startsWith("W/") && !ownTag.test(tag);

/** How many bytes of the answer come before the offset. Throws when it is of another file. */
async function startOf(response: Response, artifact: Artifact, at: number): Promise<number> {
  const { headers, status } = response;
  const given = headers.get("etag");
  const [, first, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get("content-range") ?? "") ?? [];
  const length = headers.has("content-encoding") ? null : headers.get("content-length");
  const isSame =
    (given === null || !ownTag.test(given) || given === `"${artifact.sha256}"`) &&
    (status === 206
      ? Number(first) === at && (total === "*" || Number(total) === artifact.bytes)
      : length === null || Number(length) === artifact.bytes);
  if (isSame) return status === 206 ? 0 : at;
  await response.body?.cancel().catch(() => undefined);
  throw changed(artifact);
}

function bodyOf({ body }: Response): ReadableStream<Uint8Array> {
  if (body === null) throw new ConnectionError("The answer has no body.", "broken");
  return body;
}

const changed = ({ fileName, bytes }: Artifact): SaveError =>
  new SaveError(
    `The file ${fileName} is not any more what the job names (${bytes} bytes): something changed or cut it on the service's storage. Ask for the download again.`,
    "changed",
    null,
  );
