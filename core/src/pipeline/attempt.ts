import type { AttemptDeps } from "../dependencies.ts";
import type { EgressLease } from "../egress/egresses.ts";
import type { Job } from "../jobs/job.ts";
import type { AttemptLimits } from "./limits.ts";
import type { WorkFolder } from "./work-folders.ts";

/** What the steps of an attempt have in common. */
export interface Attempt {
  readonly deps: AttemptDeps;
  readonly job: Job;
  /** The job's folder on this host; nobody else writes into it while the attempt runs. */
  readonly folder: WorkFolder;
  /** The egress through which this attempt reaches the source. */
  readonly egress: EgressLease;
  readonly limits: AttemptLimits;
  /** Gives the attempt so much more time: it has to wait for the source. */
  readonly extendTimeout: (ms: number) => void;
  /** Adds work that is done when the job is over, with this attempt; it must not reject. */
  readonly whenOver: (work: () => Promise<void>) => void;
}
