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
  /** Live streams are recorded, so that their start must not be missed; false. */
  readonly recordsLive?: boolean;
}

/** Monitors the resource limits of a whole attempt. */
export interface LimitWatch {
  /** Aborts with `timed_out` or `disk_full`. */
  readonly signal: AbortSignal;
  /** Allows so much more time. */
  extend(ms: number): void;
  /** Stops monitoring. */
  stop(): void;
}

const longestPauseMs = 24 * 3_600_000;

/** Monitors duration and disk of an attempt. Stalls are detected where bytes are counted. */
export function watchLimits(
  deps: Pick<AttemptDeps, "workFolders" | "clock" | "logger">,
  { timeoutMs, minFreeBytes }: AttemptLimits,
): LimitWatch {
  const late = new AbortController();
  const ended = new AbortController();
  const disk = watchDisk(deps, minFreeBytes);
  let allowedMs = timeoutMs;
  const watch = async () => {
    for (let waitedMs = 0; waitedMs < allowedMs; ) {
      // A timer takes no longer ones.
      const pauseMs = Math.min(allowedMs - waitedMs, longestPauseMs);
      await deps.clock.sleep(pauseMs, ended.signal);
      waitedMs += pauseMs;
    }
    late.abort(new AppError("timed_out", `The attempt took longer than ${allowedMs / 1000} s.`));
  };
  // An aborted sleep rejects: it ended in time.
  watch().catch(() => undefined);
  return {
    signal: AbortSignal.any([late.signal, disk.signal]),
    extend: (ms) => {
      allowedMs += ms;
    },
    stop: () => {
      ended.abort();
      disk.stop();
    },
  };
}
