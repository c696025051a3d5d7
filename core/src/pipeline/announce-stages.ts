import type { AttemptDeps } from "../dependencies.ts";
import { announce, announceMove } from "../jobs/announce.ts";
import type { AttemptPatch } from "../jobs/attempts.ts";
import type { Job } from "../jobs/job.ts";

/** Announces each new stage of an attempt to followers. */
export interface StageAnnouncer {
  /** A heartbeat has written this. */
  written(patch: AttemptPatch): void;
  /** Resolves when every stage that was written has been announced. */
  announced(): Promise<void>;
}

/** Announces a stage once a heartbeat has written it: until then the job may be over without this process knowing it. */
export function announceStages(deps: AttemptDeps, job: Job): StageAnnouncer {
  let shown = job;
  let stage: Job["stage"] = null;
  let announcing: Promise<void> = Promise.resolve();
  return {
    written: (patch) => {
      shown = { ...shown, ...patch };
      if (shown.stage === stage || patch.stage === undefined) return;
      // With its first stage an attempt begins.
      const tell = stage === null ? announceMove : announce;
      stage = patch.stage;
      const now = shown;
      announcing = announcing.then(() => tell(deps, now));
    },
    announced: () => announcing,
  };
}
