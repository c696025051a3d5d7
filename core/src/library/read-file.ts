import type { ServiceDeps } from "../dependencies.ts";
import { AppError } from "../errors/app-error.ts";
import type { Job } from "../jobs/job.ts";
import { getJob } from "../jobs/manage-job.ts";
import type { JobId } from "../runtime/ids.ts";
import type { StoredArtifact } from "./artifact.ts";
import type { OpenBlob } from "./blob-store.ts";

/** From a byte to another, both included; without `end` to the last. */
export interface RequestedRange {
  readonly start: number;
  readonly end?: number;
}

export interface OpenedFile {
  readonly artifact: StoredArtifact;
  readonly blob: OpenBlob;
  /** The part of the file that `blob.body` holds, both ends included; null: all of it. */
  readonly range: { readonly start: number; readonly end: number } | null;
}

type ReadDeps = Pick<ServiceDeps, "database" | "blobs" | "clock">;

/** The bytes of an artifact. Throws `not_found`, `artifact_expired`, `range_not_satisfiable`, `storage_error`. */
export async function openFile(
  deps: ReadDeps,
  id: JobId,
  owner: string | null,
  artifactId: string,
  requested?: RequestedRange,
): Promise<OpenedFile> {
  const artifact = await findArtifact(deps, id, owner, artifactId);
  const range = requested === undefined ? null : resolveRange(requested, artifact.bytes);
  const blob = await deps.blobs.open(artifact.storageKey, range ?? undefined);
  if (blob === null) throw new AppError("artifact_expired", "The file is no longer stored.");
  return { artifact, blob, range };
}

/** A signed URL of the artifact that bypasses the service for some time, or null when the storage makes none. */
export async function fileLink(
  deps: ReadDeps,
  id: JobId,
  owner: string | null,
  artifactId: string,
  expiresInSeconds: number,
): Promise<string | null> {
  const artifact = await findArtifact(deps, id, owner, artifactId);
  const { fileName, contentType } = artifact;
  return deps.blobs.link(artifact.storageKey, { fileName, contentType, expiresInSeconds });
}

async function findArtifact(
  deps: ReadDeps,
  id: JobId,
  owner: string | null,
  artifactId: string,
): Promise<StoredArtifact> {
  return artifactOf(await getJob(deps, id, owner), artifactId, deps.clock.now());
}

/** The artifact of a job. Throws `artifact_expired`, and `not_found` when there was never one. */
export function artifactOf(job: Job, artifactId: string, now: Date): StoredArtifact {
  if (job.expiresAt !== null && job.expiresAt <= now) throw new AppError("artifact_expired");
  const artifact = job.artifacts.find((candidate) => candidate.id === artifactId);
  if (artifact === undefined) throw new AppError("not_found", `Job ${job.id} has no file ${artifactId}.`);
  return artifact;
}

function resolveRange({ start, end: asked }: RequestedRange, size: number): { start: number; end: number } {
  const end = Math.min(asked ?? size - 1, size - 1);
  if (start >= size || end < start) {
    throw new AppError("range_not_satisfiable", `The file has ${size} bytes.`);
  }
  return { start, end };
}
