import type { BlobStore, Database, Job, JobId } from "@vidferry/core";
import { anArtifact, aResult, attemptOf, must, newId, started } from "./conformance/database/fixture.ts";

let serial = 0;

/** A key as the service makes one, that nothing is stored under yet. */
export function newFileKey(jobId: JobId = newId(), attempt = 1): string {
  serial += 1;
  return `jobs/${jobId}/${attempt}/art_${serial.toString(16).padStart(32, "0")}.mp4`;
}

/** Stores a small file under a key, and gives the key back. */
export async function storeFile(blobs: BlobStore, key: string): Promise<string> {
  const stream = new Response("a file").body ?? new ReadableStream<Uint8Array>();
  await blobs.put(key, { kind: "stream", stream }, { contentType: "video/mp4" });
  return key;
}

/** A job that has succeeded with one stored file. */
export async function succeededJob(
  store: Database,
  blobs: BlobStore,
): Promise<{ readonly job: Job; readonly key: string }> {
  const running = await started(store);
  const key = await storeFile(blobs, newFileKey(running.id, running.attempt));
  const artifacts = [{ ...anArtifact, storageKey: key }];
  return {
    job: must(await store.attempts.succeed(attemptOf(running), { ...aResult, artifacts, retentionMs: null })),
    key,
  };
}

/** The keys of all stored files, sorted. */
export async function storedKeys(blobs: BlobStore): Promise<readonly string[]> {
  return (await Array.fromAsync(blobs.list(""), ({ key }) => key)).toSorted();
}
