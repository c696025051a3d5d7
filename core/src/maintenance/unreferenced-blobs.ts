import type { ServiceDeps } from "../dependencies.ts";
import { releaseFiles } from "../library/release-files.ts";

/**
 * Releases blobs that no artifact references but that were never released: left by processes of a version without the outbox,
 * which had deleted their files or were about to. Returns how many.
 */
export async function releaseUnreferencedBlobs(
  { database }: Pick<ServiceDeps, "database">,
  batch: number,
  olderThanMs: number,
): Promise<number> {
  let released = 0;
  for (;;) {
    const keys = await database.blobs.listUnreferenced(batch, olderThanMs);
    if (keys.length === 0) return released;
    const gone = await database.transaction((tx) => releaseFiles(tx, keys));
    released += gone.length;
    if (keys.length < batch || gone.length === 0) return released;
  }
}
