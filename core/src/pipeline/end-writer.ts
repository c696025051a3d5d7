import type { AttemptDeps } from "../dependencies.ts";
import { toAppError } from "../errors/app-error.ts";
import type { AttemptRef } from "../jobs/attempts.ts";
import type { Job } from "../jobs/job.ts";
import { retryPauseMs } from "./lease.ts";

/** How long a shutting down process keeps trying to write the end of an attempt, in milliseconds. */
const lastPatienceMs = 10_000;

/** Writes how an attempt ended. */
export interface EndWriter {
  /** Writes it, with retries while the store is unavailable or full. Null: fenced off. */
  write(end: () => Promise<Job | null>): Promise<Job | null>;
  stop(): void;
}

/**
 * A database outage should not cost hours of downloading: only the end of the process stops the retries. A write that failed
 * may have been committed; then the next one is fenced off.
 */
export function createEndWriter(
  deps: Pick<AttemptDeps, "clock" | "logger" | "telemetry">,
  ref: AttemptRef,
  { leaseMs, signal }: { readonly leaseMs: number; readonly signal: AbortSignal },
): EndWriter {
  const givenUp = new AbortController();
  const stopped = new AbortController();
  const onDrain = () => {
    deps.clock.sleep(lastPatienceMs, stopped.signal).then(
      () => givenUp.abort(),
      // It was written in time.
      () => undefined,
    );
  };
  if (signal.aborted) onDrain();
  signal.addEventListener("abort", onDrain, { once: true });
  const passes = (error: unknown) => ["unavailable", "disk_full"].includes(toAppError(error).code);

  return {
    write: async (end) => {
      for (let failures = 1; ; failures += 1) {
        try {
          const written = await end();
          if (written === null) deps.telemetry.happened("write-fenced", ref);
          return written;
        } catch (error) {
          if (!passes(error) || givenUp.signal.aborted) throw error;
          // At the first, the second, the fourth …: an outage of an hour needs no line a second.
          if (Number.isInteger(Math.log2(failures)))
            deps.logger.warn("the end of an attempt could not be written yet", { error, failures });
          // Aborted, it tries once more.
          await deps.clock.sleep(retryPauseMs(leaseMs), givenUp.signal).catch(() => undefined);
        }
      }
    },
    stop: () => {
      stopped.abort();
      signal.removeEventListener("abort", onDrain);
    },
  };
}
