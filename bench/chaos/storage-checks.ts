import { createHash } from "node:crypto";
import { testS3Credentials } from "@vidferry/testing/services";
import { s3Blobs } from "../../core/src/adapters/blobs/s3/index.ts";
import type { FinalJob } from "./history.ts";
import type { AcceptedJob } from "./job-checks.ts";
import { isForeign } from "./neighbours.ts";
import type { ChaosServers } from "./servers.ts";
import { type Finding, finding } from "./verdict.ts";

/** The content of the bucket. */
export interface BucketContent {
  readonly objects: readonly string[];
  readonly uploads: number;
}

/** Lists what belongs to the fleet in the bucket: objects by their keys, and unfinished uploads. */
export async function readBucket({ storageUrl, s3Endpoint }: ChaosServers): Promise<BucketContent> {
  const blobs = s3Blobs({ url: storageUrl, credentials: testS3Credentials });
  try {
    const objects: string[] = [];
    for await (const blob of blobs.list("")) if (!isForeign(`results/${blob.key}`)) objects.push(blob.key);
    const answer = await fetch(`${s3Endpoint}/${new URL(storageUrl).hostname}?uploads`);
    if (!answer.ok) throw new Error(`the uploads could not be listed: ${answer.status}`);
    const keys = [...(await answer.text()).matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key = ""]) => key);
    return { objects, uploads: keys.filter((key) => !isForeign(key)).length };
  } finally {
    await blobs.close();
  }
}

/** Checks the stored files after maintenance has run. */
export async function checkStorage(
  servers: ChaosServers,
  accepted: readonly AcceptedJob[],
  jobs: readonly FinalJob[],
): Promise<Finding[]> {
  const content = await readBucket(servers);
  const named = new Set(jobs.flatMap((job) => job.artifacts.map(({ storageKey }) => storageKey)));
  const orphans = content.objects.filter((key) => !named.has(key));
  const sets = jobs.flatMap((job) => {
    const attempts = new Set(job.artifacts.map(({ storageKey }) => storageKey.split("/")[2]));
    if (job.state !== "succeeded") return job.artifacts.length === 0 ? [] : [`${job.id} is ${job.state} and has files`];
    const whole = job.artifacts.length === 1 && attempts.size === 1 && attempts.has(String(job.attempt));
    return whole ? [] : [`${job.id}: ${job.artifacts.length} files of attempts ${[...attempts].join(", ")}`];
  });
  const bytes = await compareBytes(servers, accepted, jobs);
  return [
    finding("every success has exactly one set of files, of its last attempt", sets, `${named.size} files`),
    finding(
      "their bytes are those that were recorded, and those of the source",
      bytes.breaches,
      `${bytes.read} read back, ${bytes.compared} compared with the source`,
    ),
    finding("no stored file without a job", orphans, `${content.objects.length} objects, ${orphans.length} orphans`),
    finding(
      "no upload that was begun and never ended",
      content.uploads === 0 ? [] : [`${content.uploads} uploads`],
      `${content.uploads}`,
    ),
  ];
}

async function compareBytes(servers: ChaosServers, accepted: readonly AcceptedJob[], jobs: readonly FinalJob[]) {
  const blobs = s3Blobs({ url: servers.storageUrl, credentials: testS3Credentials });
  const sources = new Map(accepted.map(({ id, planned }) => [id, planned.sameAs]));
  const breaches: string[] = [];
  let read = 0;
  let compared = 0;
  try {
    for (const job of jobs) {
      for (const artifact of job.artifacts) {
        const blob = await blobs.open(artifact.storageKey);
        if (blob === null) {
          breaches.push(`${job.id}: ${artifact.storageKey} is missing`);
          continue;
        }
        const stored = await digest(blob.body);
        read += 1;
        if (stored.sha256 !== artifact.sha256 || stored.bytes !== artifact.bytes) {
          breaches.push(`${job.id}: ${artifact.storageKey} has other bytes than were recorded`);
        }
        const source = sources.get(job.id);
        if (!source) continue;
        const { body } = await fetch(source);
        compared += 1;
        if (body === null || (await digest(body)).sha256 !== stored.sha256) {
          breaches.push(`${job.id}: ${artifact.storageKey} has other bytes than its source`);
        }
      }
    }
  } finally {
    await blobs.close();
  }
  return { breaches, read, compared };
}

async function digest(body: ReadableStream<Uint8Array>): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of body) {
    hash.update(chunk);
    bytes += chunk.byteLength;
  }
  return { bytes, sha256: hash.digest("hex") };
}
