import type { ServiceDeps } from "../dependencies.ts";
import { sweepBlobs } from "../sweep.ts";
import { startDueJobs } from "./due-jobs.ts";
import { deleteExpiredResults } from "./expired-results.ts";
import { type LostWorkersOptions, releaseLostWorkers } from "./lost-workers.ts";
import type { MaintenanceTask } from "./task.ts";
import { offerForgottenJobs } from "./unoffered-jobs.ts";

export interface MaintenanceOptions extends LostWorkersOptions {
  /** Between two looks at the queue, in milliseconds; 2.5 s. Lost workers are noticed this much after their lease. */
  readonly everyMs: number;
  /** A due job that nobody claimed for this long is offered again. */
  readonly offerAfterMs: number;
  /** Between two searches for files that no job names, in milliseconds; an hour. */
  readonly orphansEveryMs: number;
  /** Files younger than this are never taken for orphans, in milliseconds; an hour. */
  readonly orphanAgeMs: number;
}

export const defaultMaintenanceOptions: MaintenanceOptions = {
  maxLostWorkers: 3,
  batch: 200,
  everyMs: 2_500,
  offerAfterMs: 10_000,
  orphansEveryMs: 3_600_000,
  orphanAgeMs: 3_600_000,
};

/** What every process of the service looks after: it puts right what crashes and lost messages left behind. */
export function serviceTasks(deps: ServiceDeps, options: MaintenanceOptions): readonly MaintenanceTask[] {
  const { everyMs, batch } = options;
  return [
    // What comes after an outage cannot wait for a pause.
    { name: "lost-workers", everyMs, longestPauseMs: everyMs, run: () => releaseLostWorkers(deps, options) },
    { name: "due-jobs", everyMs, run: () => startDueJobs(deps, batch) },
    { name: "unoffered-jobs", everyMs, run: () => offerForgottenJobs(deps, options.offerAfterMs, batch) },
    { name: "expired-results", everyMs, run: () => deleteExpiredResults(deps, batch) },
    {
      name: "orphaned-files",
      everyMs: options.orphansEveryMs,
      firstAfterMs: options.orphansEveryMs * Math.random(),
      run: () => sweepBlobs(deps, options.orphanAgeMs),
    },
  ];
}
