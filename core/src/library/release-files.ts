import type { Repositories } from "../database/database.ts";
import type { ServiceDeps } from "../dependencies.ts";

/**
 * Lets go of the blobs with these keys that no artifact names any more, and writes the deletion of their files to the outbox.
 * Part of the transaction that took the artifacts away. Returns their keys, for {@link deleteReleasedFiles}.
 */
export async function releaseFiles(tx: Repositories, keys: readonly string[]): Promise<readonly string[]> {
  const released = await tx.blobs.release(keys);
  await tx.outbox.add(released.map((name) => ({ kind: "blob_deletion", name, payload: { v: 1 } })));
  return released;
}

/** Deletes files that were released, once that is committed. Never rejects: maintenance deletes what it could not. */
export async function deleteReleasedFiles(
  { database, blobs, logger }: Pick<ServiceDeps, "database" | "blobs" | "logger">,
  keys: readonly string[],
): Promise<void> {
  if (keys.length === 0) return;
  try {
    await blobs.remove(keys);
    await database.outbox.remove("blob_deletion", keys);
  } catch (error) {
    logger.warn("files that are no longer needed are left to maintenance", { count: keys.length, error });
  }
}
