import type { ServiceDeps } from "../dependencies.ts";
import type { JobId } from "../runtime/ids.ts";

/** Where the copies of a job's recording are. */
export const recordingFolder = (jobId: JobId): string => `jobs/${jobId}/`;

// The first half of the number is the order of the pieces of an attempt, which no time of a file's id is small enough to be.
const shape = /^jobs\/[^/]+\/(\d+)\/art_(0000[0-9a-f]{12})[0-9a-f]{16}\.recording$/;

/** A stored piece of a recording, by its key. */
export interface PiecePlace {
  readonly attempt: number;
  /** Of the piece among those of its attempt. */
  readonly number: number;
}

/** Reads a key; null when it is that of no piece of a recording. */
export function placeOfPiece(key: string): PiecePlace | null {
  const [, attempt, number] = shape.exec(key) ?? [];
  return attempt === undefined || number === undefined
    ? null
    : { attempt: Number(attempt), number: Number.parseInt(number, 16) };
}

/** The key of a new piece, of the form of all keys. */
export function pieceKey(jobId: JobId, { attempt, number }: PiecePlace, artifactId: string): string {
  const order = number.toString(16).padStart(16, "0");
  return `${recordingFolder(jobId)}${attempt}/art_${order}${artifactId.slice(-16)}.recording`;
}

/** Whether a stored file is a piece of a recording: it is needed until its job is over, whatever becomes of its attempt. */
export const isRecordingPiece = (key: string): boolean => placeOfPiece(key) !== null;

/**
 * Deletes the copies of a recording that are needed no more. Never rejects: the task `orphaned-files` deletes those that are left.
 * @param upTo the last attempt whose copies are deleted: a retry may have begun to record anew; absent: all
 */
export async function removePieces(
  { blobs, logger }: Pick<ServiceDeps, "blobs" | "logger">,
  jobId: JobId,
  upTo = Number.POSITIVE_INFINITY,
): Promise<void> {
  try {
    const keys: string[] = [];
    for await (const { key } of blobs.list(recordingFolder(jobId))) {
      const place = placeOfPiece(key);
      if (place !== null && place.attempt <= upTo) keys.push(key);
    }
    if (keys.length > 0) await blobs.remove(keys);
  } catch (error) {
    logger.warn("copies of a recording could not be deleted; the task orphaned-files will", { jobId, error });
  }
}
