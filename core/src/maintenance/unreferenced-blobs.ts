import type { ServiceDeps } from "../dependencies.ts";
import { releaseFiles } from "../library/release-files.ts";

/**
 * Lets go of blobs that no artifact names although nobody has let go of them: left by processes of a version that knew no
 * outbox, which deleted their files or were about to. Returns how many.
 */
export async function releaseUnreferencedBlobs(
  { store }: Pick<ServiceDeps, "store">,
  batch: number,
  olderThanMs: number,
): Promise<number> {
  let released = 0;
  for (;;) {
    const keys = await store.blobs.listUnreferenced(batch, olderThanMs);
    if (keys.length === 0) return released;
    const gone = await store.transaction((tx) => releaseFiles(tx, keys));
    released += gone.length;
    if (keys.length < batch || gone.length === 0) return released;
  }
}
