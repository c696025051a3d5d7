import type { AttemptDeps } from "../dependencies.ts";
import { tell as tellFollowers } from "../jobs/announce.ts";
import type { Job, Progress } from "../jobs/job.ts";
import { noProgress } from "../jobs/job.ts";
import type { JobStage } from "../jobs/states.ts";
import type { AttemptLease } from "./lease.ts";
import type { StepProgress } from "./runner.ts";
import type { Step } from "./step.ts";

/** At most this many progress events a second leave an attempt. */
const eventsPerSecond = 4;

/** Combines the reports of the steps into one progress that never decreases, and passes it to store and followers. */
export interface AttemptProgress extends StepProgress {
  readonly current: Progress;
  /** The attempt has ended. */
  end(): void;
}

/** Tracks one attempt. `announced` resolves when everything that heartbeats wrote was announced. */
export function trackProgress(
  deps: Pick<AttemptDeps, "events" | "logger" | "clock" | "telemetry">,
  job: Job,
  lease: AttemptLease,
  announced: () => Promise<void>,
): AttemptProgress {
  let stage: JobStage | null = null;
  let enteredAt = 0;
  let countedBytes = 0;
  let progress: Progress = { ...noProgress, percent: 0 };
  let scale = { from: 0, to: 0, weight: 1 };
  const fractions = new Map<Step, number>();
  let lastEventAt = Number.NEGATIVE_INFINITY;
  // One append at a time; reports in the meantime are combined into the next.
  let appending = false;

  const countBytes = () => {
    const bytes = (progress.downloadedBytes ?? 0) - countedBytes;
    if (bytes <= 0) return;
    countedBytes += bytes;
    deps.telemetry.happened("bytes-downloaded", { bytes });
  };
  const leave = () => {
    countBytes();
    const now = deps.clock.now().getTime();
    const seconds = Math.max(0, now - enteredAt) / 1000;
    if (stage !== null) deps.telemetry.happened("stage-left", { stage, seconds });
    enteredAt = now;
  };
  const tell = () => {
    if (stage === null) return;
    lease.note({ stage, progress });
    const now = deps.clock.now().getTime();
    if (appending || Math.abs(now - lastEventAt) < 1000 / eventsPerSecond) return;
    lastEventAt = now;
    appending = true;
    countBytes();
    tellFollowers(deps, job, { type: "progress", data: { jobId: job.id, attempt: job.attempt, stage, progress } })
      .catch((error: unknown) => deps.logger.debug("a progress event could not be appended", { jobId: job.id, error }))
      .finally(() => {
        appending = false;
      });
  };
  const percent = (): number => {
    let done = 0;
    for (const [step, fraction] of fractions) done += step.weight * fraction;
    return scale.from + (scale.to - scale.from) * (done / scale.weight);
  };

  return {
    plan: (steps, upToPercent) => {
      fractions.clear();
      const weight = steps.reduce((sum, step) => sum + step.weight, 0);
      scale = { from: progress.percent ?? 0, to: upToPercent, weight };
    },
    enter: async (next) => {
      if (next === stage) return;
      const begins = stage === null;
      leave();
      stage = next;
      if (next !== "downloading") progress = { ...progress, bytesPerSecond: null, etaSeconds: null };
      lease.note({ stage, progress });
      // Before the store knows that the attempt runs, nothing of the job may: it might take the worker down uncounted.
      await (begins ? lease.begin() : lease.beat());
      lease.signal.throwIfAborted();
      await announced();
    },
    report: (step, fraction, figures) => {
      const before = fractions.get(step) ?? 0;
      fractions.set(step, Math.max(before, Math.min(1, fraction ?? 0)));
      const raised = Math.round(percent() * 10) / 10;
      // Nobody knows how long a live stream goes on.
      const isLive = figures?.recordedSeconds !== undefined;
      progress = { ...progress, ...figures, percent: isLive ? null : Math.max(progress.percent ?? 0, raised) };
      tell();
    },
    end: leave,
    get current() {
      return progress;
    },
  };
}
