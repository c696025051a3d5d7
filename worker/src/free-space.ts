import type { AttemptDeps } from "@vidferry/core";

/** How long a disk may take to say how much room it has, in milliseconds. */
const patienceMs = 1_000;

/**
 * The free space for work folders; null where the disk cannot be read, which is a matter of the health checks, or does not answer in time,
 * as a network disk whose server is away: the caller has more to do. One read at a time, for each that hangs holds a thread of the process.
 */
export function freeSpaceOf({ workFolders, clock }: Pick<AttemptDeps, "workFolders" | "clock">) {
  let reading: Promise<number | null> | null = null;
  return async (): Promise<number | null> => {
    reading ??= workFolders
      .freeBytes()
      .catch(() => null)
      .finally(() => {
        reading = null;
      });
    const answered = new AbortController();
    const late = clock.sleep(patienceMs, answered.signal).then(
      () => null,
      () => null,
    );
    try {
      return await Promise.race([reading, late]);
    } finally {
      answered.abort();
    }
  };
}
