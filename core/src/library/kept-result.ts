import type { ServiceDeps } from "../dependencies.ts";
import type { Job } from "../jobs/job.ts";
import type { DownloadRequest } from "../jobs/request.ts";
import { segmentWishes } from "../jobs/request-cuts.ts";
import { timeOrderedId } from "../runtime/time-ordered-id.ts";
import type { StoredArtifact } from "./artifact.ts";
import { safeFilePath } from "./file-name.ts";
import { resultName } from "./result-name.ts";
import type { ReusedResult, ReuseScope } from "./reuse.ts";
import { isInParts } from "./reuse-key.ts";

/** What the operator allows. */
export interface ReusePolicy {
  readonly scope: ReuseScope;
  /** A result that was made longer ago is made anew, in milliseconds. */
  readonly maxAgeMs: number;
}

/** After so long what changes at the source is looked at anew, in milliseconds: captions, what is written about the video. */
const changingMs = 3_600_000;
/** Results that are looked at before one is made anew. */
const mostLooks = 3;

const whole = { part: null };

type Wanting = Pick<Job, "owner" | "request"> & Partial<Pick<Job, "scheduleId" | "batchId" | "createdAt">>;

/** Whether a job may have the result of another one. */
export const mayReuse = ({ reuse = "auto" }: Pick<DownloadRequest, "reuse">): boolean => reuse === "auto";

/**
 * The newest result that does for a request and whose files are all there. Null: it has to be made. Never rejects because of
 * the storage: what cannot be looked at is made anew.
 */
export async function findKept(
  deps: Pick<ServiceDeps, "database" | "blobs" | "logger">,
  { scope, maxAgeMs }: ReusePolicy,
  wanting: Wanting,
  key: string,
): Promise<Job | null> {
  const { owner, request } = wanting;
  const longestMs = Math.min(maxAgeMs, changes(request) ? changingMs : maxAgeMs);
  const query = { owner, key, scope, maxAgeMs: longestMs, since: sinceOf(wanting), limit: mostLooks };
  for (const kept of await deps.database.reuse.kept(query))
    if (isWhole(kept) && (await areThere(deps, kept.artifacts))) return kept;
  return null;
}

/** What is wanted at a time is not what was made before: so are the runs of a schedule, unless they read a list for what is new. */
function sinceOf({ request, scheduleId = null, batchId = null, createdAt }: Wanting): Date | null {
  if (request.scheduledFor !== undefined) return new Date(request.scheduledFor);
  return scheduleId !== null && batchId === null && createdAt !== undefined ? createdAt : null;
}

/** Whether a result is all that was asked for: one with warnings may get more the next time, and a live stream goes on. */
const isWhole = ({ warnings, media }: Job): boolean => warnings.length === 0 && media !== null && !media.isLive;

function changes(request: DownloadRequest): boolean {
  const { subtitles, output, metadata } = request;
  const { remove, mark } = segmentWishes(request);
  const isWritten = metadata.infoJson || metadata.nfo === true;
  return subtitles !== undefined || output.type === "transcript" || isWritten || remove.length + mark.length > 0;
}

/** Files that are gone or cut off are not handed on. */
async function areThere(
  { blobs, logger }: Pick<ServiceDeps, "blobs" | "logger">,
  artifacts: readonly StoredArtifact[],
): Promise<boolean> {
  try {
    const found = await Promise.all(artifacts.map(({ storageKey }) => blobs.stat(storageKey)));
    return found.every((blob, index) => blob?.bytes === artifacts[index]?.bytes);
  } catch (error) {
    logger.warn("kept files could not be looked at; they are made anew", { error });
    return false;
  }
}

/** The result of a job as another one with the same fingerprint has it: the same files, under names that it asked for. */
export function reusedResult(kept: Job, wanting: Wanting, now: Date, retentionMs: number | null): ReusedResult {
  return {
    reusedFrom: kept.id,
    artifacts: kept.artifacts.map((artifact) => ({
      ...artifact,
      id: timeOrderedId("art", now),
      fileName: renamed(artifact.fileName, kept, wanting.request),
    })),
    // Nothing was moved.
    progress: { percent: 100, downloadedBytes: 0, totalBytes: 0, bytesPerSecond: null, etaSeconds: 0 },
    media: kept.media,
    warnings: kept.warnings,
    engine: kept.engine,
    retentionMs,
  };
}

/** The name that a file has by another request's template. */
function renamed(
  fileName: string,
  { media, request }: Pick<Job, "media" | "request">,
  wanted: DownloadRequest,
): string {
  // Of several files the fingerprint holds the template.
  if (media === null || request.fileName === wanted.fileName || isInParts(wanted)) return fileName;
  const extension = extensionOf(fileName, resultName(request, media, whole));
  return extension === null ? fileName : safeFilePath(resultName(wanted, media, whole), extension);
}

/** What follows the name in a file name that was made of it: the longest that makes the same again. */
function extensionOf(fileName: string, name: string): string | null {
  const parts = fileName.slice(fileName.lastIndexOf("/") + 1).split(".");
  for (let first = 1; first < parts.length; first += 1) {
    const extension = parts.slice(first).join(".");
    if (safeFilePath(name, extension) === fileName) return extension;
  }
  return null;
}
