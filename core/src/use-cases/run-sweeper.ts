import type { ServiceDeps } from "./dependencies.ts";
import { defaultSweepOptions, type SweepOptions, sweep, sweepBlobs } from "./sweep.ts";

export interface SweeperOptions extends SweepOptions {
  /** Between two rounds, in milliseconds, give or take a quarter; 2.5 s. Lost workers are noticed this much after their lease. */
  readonly everyMs: number;
  /** Between two searches for files that no job names, in milliseconds; an hour. */
  readonly orphansEveryMs: number;
  /** Files younger than this are never taken for orphans, in milliseconds; an hour. */
  readonly orphanAgeMs: number;
  /** More to do each round, for example this host's work folders. */
  readonly also?: () => Promise<unknown>;
}

export const defaultSweeperOptions: SweeperOptions = {
  ...defaultSweepOptions,
  everyMs: 2_500,
  orphansEveryMs: 3_600_000,
  orphanAgeMs: 3_600_000,
};

/** Sweeps again and again until the signal aborts. Never rejects: what fails in a round is tried again in the next. */
export async function runSweeper(deps: ServiceDeps, options: SweeperOptions, signal: AbortSignal): Promise<void> {
  const jitter = () => 0.75 + Math.random() / 2;
  let orphansAt = deps.clock.now().getTime() + options.orphansEveryMs * Math.random();
  while (!signal.aborted) {
    try {
      await sweep(deps, options);
      await options.also?.();
      if (deps.clock.now().getTime() >= orphansAt) {
        orphansAt = deps.clock.now().getTime() + options.orphansEveryMs * jitter();
        await sweepBlobs(deps, options.orphanAgeMs);
      }
    } catch (error) {
      deps.logger.warn("a round of the sweep failed; the next one tries again", { error });
    }
    try {
      await deps.clock.sleep(options.everyMs * jitter(), signal);
    } catch {
      // The sleep rejects only when the signal aborts, and that ends the loop.
    }
  }
}
