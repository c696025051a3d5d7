import type { AttemptDeps } from "../dependencies.ts";
import { AppError } from "../errors/app-error.ts";

/** Fast disks fill by a gigabyte a second, and a check is a single system call. */
const everyMs = 1_000;

/** Monitors the disk that an attempt works on. */
export interface DiskWatch {
  /** Aborts with `disk_full` when less than the reserve is free. */
  readonly signal: AbortSignal;
  /** Stops monitoring. */
  stop(): void;
}

/**
 * Monitors the disk of the work folders while an attempt runs. Announced sizes were checked before; this stops a source that
 * sends more, such as an endless stream, before databases and files on the same disk fail.
 * @param reserveBytes what stays free.
 */
export function watchDisk(
  deps: Pick<AttemptDeps, "workFolders" | "clock" | "logger">,
  reserveBytes: number,
): DiskWatch {
  const full = new AbortController();
  const ended = new AbortController();
  const watch = async () => {
    while (!ended.signal.aborted) {
      await deps.clock.sleep(everyMs, ended.signal);
      if ((await deps.workFolders.freeBytes()) >= reserveBytes) continue;
      full.abort(new AppError("disk_full", "The worker's disk filled up while it worked on this."));
      return;
    }
  };
  watch().catch((error: unknown) => {
    if (!ended.signal.aborted) deps.logger.warn("the disk could not be watched any longer", { error });
  });
  return { signal: full.signal, stop: () => ended.abort() };
}
