import type { AttemptDeps } from "../dependencies.ts";
import { oneAtATime } from "../runtime/one-at-a-time.ts";
import { waitAtMost } from "../runtime/wait-at-most.ts";

/** How long a disk may take to say how much room it has, in milliseconds. */
const patienceMs = 1_000;

/**
 * The free space for work folders; null where the disk does not answer in time, as a network disk whose server is away: the caller has
 * more to do. Rejects where it cannot be read.
 */
export function freeSpaceOf({ workFolders, clock }: Pick<AttemptDeps, "workFolders" | "clock">) {
  const read = oneAtATime(() => workFolders.freeBytes());
  return (): Promise<number | null> => waitAtMost(clock, patienceMs, read());
}
