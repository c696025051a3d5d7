import type { AttemptDeps } from "../dependencies.ts";
import { jobTopic } from "../jobs/event-log.ts";
import type { Job, Progress } from "../jobs/job.ts";
import { noProgress } from "../jobs/job.ts";
import type { JobStage } from "../jobs/states.ts";
import type { AttemptLease } from "./attempt-lease.ts";
import type { FetchProgress } from "./downloader.ts";

// Where each stage lies on the scale of 0 to 100 %.
const spans: Record<JobStage, readonly [number, number]> = {
  resolving: [0, 2],
  downloading: [2, 88],
  processing: [88, 97],
  storing: [97, 100],
};

/** At most this many progress events a second leave an attempt. */
const eventsPerSecond = 4;

/** Turns what the stages report into one progress that never goes back, and tells store and followers. */
export interface AttemptProgress {
  /** Begins a stage: it is written, and then told. */
  enter(stage: JobStage): Promise<void>;
  /** Download figures. */
  fetched(progress: FetchProgress): void;
  /** How far the current stage is, 0 to 1. */
  advance(fraction: number): void;
  readonly current: Progress;
}

/** Follows one attempt. `told` resolves when what the heartbeats wrote was announced. */
export function trackProgress(
  deps: Pick<AttemptDeps, "events" | "logger">,
  job: Job,
  lease: AttemptLease,
  told: () => Promise<void>,
): AttemptProgress {
  let stage: JobStage = "resolving";
  let progress: Progress = { ...noProgress, percent: 0 };
  let lastEventAt = Number.NEGATIVE_INFINITY;
  // One append at a time; what comes meanwhile is summed up in the next.
  let appending = false;

  const tell = () => {
    lease.note({ stage, progress });
    const now = performance.now();
    if (appending || now - lastEventAt < 1000 / eventsPerSecond) return;
    lastEventAt = now;
    appending = true;
    deps.events
      .append(jobTopic(job.id), { type: "progress", data: { jobId: job.id, attempt: job.attempt, stage, progress } })
      .catch((error: unknown) => deps.logger.debug("a progress event could not be appended", { jobId: job.id, error }))
      .finally(() => {
        appending = false;
      });
  };
  const raise = (fraction: number) => {
    const [from, to] = spans[stage];
    const percent = from + (to - from) * Math.min(1, Math.max(0, fraction));
    progress = { ...progress, percent: Math.max(progress.percent ?? 0, Math.round(percent * 10) / 10) };
  };

  return {
    enter: async (next) => {
      stage = next;
      raise(0);
      if (next !== "downloading") progress = { ...progress, bytesPerSecond: null, etaSeconds: null };
      lease.note({ stage, progress });
      await lease.beat();
      lease.signal.throwIfAborted();
      await told();
    },
    fetched: ({ fraction, downloadedBytes, totalBytes, bytesPerSecond, etaSeconds }) => {
      progress = { ...progress, downloadedBytes, totalBytes, bytesPerSecond, etaSeconds };
      raise(fraction ?? 0);
      tell();
    },
    advance: (fraction) => {
      raise(fraction);
      tell();
    },
    get current() {
      return progress;
    },
  };
}
