import type { AttemptDeps } from "../dependencies.ts";
import { AppError } from "../errors/app-error.ts";
import { watchDisk } from "./watch-disk.ts";

/** Limits of one attempt. */
export interface AttemptLimits {
  /** Largest media file; null: none. */
  readonly maxFileBytes: number | null;
  /** Longest time without progress. */
  readonly stallMs: number;
  /** Longest time for the whole attempt. */
  readonly timeoutMs: number;
  /** Disk space that must stay free. */
  readonly minFreeBytes: number;
}

/** Monitors the resource limits of a whole attempt. */
export interface LimitWatch {
  /** Aborts with `timed_out` or `disk_full`. */
  readonly signal: AbortSignal;
  /** Stops monitoring. */
  stop(): void;
}

/** Monitors duration and disk of an attempt. Stalls are detected where bytes are counted. */
export function watchLimits(
  deps: Pick<AttemptDeps, "workFolders" | "clock" | "logger">,
  { timeoutMs, minFreeBytes }: AttemptLimits,
): LimitWatch {
  const late = new AbortController();
  const ended = new AbortController();
  const disk = watchDisk(deps, minFreeBytes);
  deps.clock.sleep(timeoutMs, ended.signal).then(
    () => late.abort(new AppError("timed_out", `The attempt took longer than ${timeoutMs / 1000} s.`)),
    // It ended in time.
    () => undefined,
  );
  return {
    signal: AbortSignal.any([late.signal, disk.signal]),
    stop: () => {
      ended.abort();
      disk.stop();
    },
  };
}
