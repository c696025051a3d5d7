import type { AttemptDeps } from "../dependencies.ts";
import { oneAtATime } from "../runtime/one-at-a-time.ts";

/** How long a disk may take to say how much room it has, in milliseconds. */
const patienceMs = 1_000;

/**
 * The free space for work folders; null where the disk does not answer in time, as a network disk whose server is away: the caller has
 * more to do. Rejects where it cannot be read.
 */
export function freeSpaceOf({ workFolders, clock }: Pick<AttemptDeps, "workFolders" | "clock">) {
  const read = oneAtATime(() => workFolders.freeBytes());
  return async (): Promise<number | null> => {
    const answered = new AbortController();
    const late = clock.sleep(patienceMs, answered.signal).then(
      () => null,
      () => null,
    );
    try {
      return await Promise.race([read(), late]);
    } finally {
      answered.abort();
    }
  };
}
