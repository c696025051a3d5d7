import { AppError, toAppError } from "../errors/app-error.ts";
import type { StoredArtifact } from "../job/artifact.ts";
import type { Job, JobError, Warning } from "../job/job.ts";
import type { Media } from "../job/media.ts";
import { isTerminal } from "../job/states.ts";
import type { WorkFolder } from "../ports/work-folders.ts";
import { announce, offer } from "./announce.ts";
import { AttemptStopped, holdLease } from "./attempt-lease.ts";
import { trackProgress } from "./attempt-progress.ts";
import type { AttemptDeps } from "./dependencies.ts";
import { type AttemptLimits, makeResults } from "./make-results.ts";
import { decideRetry } from "./retry-policy.ts";
import { discardResults, storeResults } from "./store-results.ts";
import { watchDisk } from "./watch-disk.ts";

export interface AttemptOptions {
  readonly leaseMs: number;
  readonly limits: AttemptLimits;
  /** How long results are kept; null: until deleted. */
  readonly retentionMs: number | null;
  /** Aborts when the process wants to end; the job then goes back to the queue without losing an attempt. */
  readonly signal: AbortSignal;
}

/**
 * Runs one claimed attempt to its end and writes how it ended, fenced by the attempt's number. Never rejects because of
 * the job; rejects only when the store cannot be written, and then the lease runs out and the sweep takes over.
 */
export async function runAttempt(deps: AttemptDeps, job: Job, options: AttemptOptions): Promise<void> {
  const logger = deps.logger.child({ jobId: job.id, attempt: job.attempt });
  const lease = holdLease({ ...deps, logger }, job, options);
  const ref = { jobId: job.id, attempt: job.attempt };
  const startedAt = performance.now();
  const timeout = new AbortController();
  const timer = setTimeout(
    () =>
      timeout.abort(new AppError("timed_out", `The attempt took longer than ${options.limits.timeoutMs / 1000} s.`)),
    options.limits.timeoutMs,
  );
  const disk = watchDisk({ ...deps, logger }, options.limits.minFreeBytes);
  const signal = AbortSignal.any([lease.signal, timeout.signal, disk.signal]);
  let media: Media | null = job.media;
  let warnings: readonly Warning[] = [];
  let folder: WorkFolder | null = null;
  try {
    const versions = Promise.all([deps.downloader.version(), deps.transcoder.version()]);
    const [ytDlp, ffmpeg] = await unlessAborted(versions, signal);
    const engine = { ytDlp, ffmpeg };
    lease.note({ engine });
    const progress = trackProgress({ ...deps, logger }, job, lease, (stage, current) =>
      announce(deps, { ...job, stage, progress: current, media, warnings, engine }),
    );
    folder = await deps.workFolders.open(job.id);
    const made = await makeResults({
      deps,
      job,
      folder,
      limits: options.limits,
      progress,
      signal,
      onResolved: (resolution) => {
        media = resolution.media;
        warnings = resolution.warnings;
        lease.note({ media, warnings });
      },
    });
    warnings = made.warnings;
    lease.note({ warnings });
    await progress.enter("storing");
    const artifacts = await storeResults(deps, job, made.files, { signal, onProgress: progress.advance });
    const result = {
      artifacts,
      progress: { ...progress.current, percent: 100, bytesPerSecond: null, etaSeconds: 0 },
      media,
      warnings,
      engine,
      retentionMs: options.retentionMs,
    };
    const done = await writeEnd({ ...deps, logger }, () => deps.store.succeed(ref, result));
    if (done === null) {
      await discardUnnamed(deps, job, artifacts);
      return;
    }
    deps.telemetry.count("vidferry_job_attempts_total", { outcome: "succeeded" });
    deps.telemetry.observe("vidferry_job_duration_seconds", (performance.now() - startedAt) / 1000, {
      outcome: "succeeded",
    });
    await announce(deps, done);
    await folder.remove();
    logger.info("job succeeded", { files: artifacts.length, seconds: (performance.now() - startedAt) / 1000 });
  } catch (error) {
    // Before the job can be claimed again: the next attempt, perhaps of another process, goes on in this folder.
    await folder?.release();
    const reason = signal.aborted ? signal.reason : error;
    if (reason instanceof AttemptStopped) {
      logger.info("attempt stopped", { cause: reason.stopCause });
      if (reason.stopCause === "draining") await handBack(deps, job);
      else await leaveFolder(deps, job);
      return;
    }
    // What was found out of the video helps to understand why it failed.
    await lease.beat();
    await recordFailure(deps, job, toAppError(reason), logger, folder);
  } finally {
    clearTimeout(timer);
    disk.stop();
    await lease.release();
    await folder?.release();
  }
}

/** What comes of the work, or the signal's reason as soon as it aborts: a program that hangs must not keep the job. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const onAbort = () => reject(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  return promise;
}

/** How long the end of an attempt is tried to be written while the store is away, in milliseconds. */
const endPatienceMs = 60_000;

/**
 * Writes how an attempt ended, again and again while the store is away: an hour of downloading should not be lost to a
 * restart of the database. A write that was answered by an error may have happened; then the next one is fenced off.
 */
async function writeEnd(
  deps: Pick<AttemptDeps, "clock" | "logger">,
  write: () => Promise<Job | null>,
): Promise<Job | null> {
  const until = performance.now() + endPatienceMs;
  for (let pauseMs = 250; ; pauseMs = Math.min(5_000, pauseMs * 2)) {
    try {
      return await write();
    } catch (error) {
      if (toAppError(error).code !== "unavailable" || performance.now() > until) throw error;
      deps.logger.warn("the end of an attempt could not be written yet", { error });
      await deps.clock.sleep(pauseMs);
    }
  }
}

/** After a fenced write: deletes what this attempt stored, save what the job names after all (the write had happened). */
async function discardUnnamed(deps: AttemptDeps, job: Job, artifacts: readonly StoredArtifact[]): Promise<void> {
  deps.telemetry.count("vidferry_fenced_writes_total");
  const current = await deps.store.get(job.id, null);
  const named = new Set(current?.artifacts.map((artifact) => artifact.storageKey));
  const unnamed = artifacts.filter((artifact) => !named.has(artifact.storageKey));
  if (unnamed.length > 0) await discardResults(deps, unnamed);
  else if (current !== null) await announce(deps, current);
  await leaveFolder(deps, job);
}

async function recordFailure(
  deps: AttemptDeps,
  job: Job,
  failure: AppError,
  logger: AttemptDeps["logger"],
  folder: WorkFolder | null,
): Promise<void> {
  const ref = { jobId: job.id, attempt: job.attempt };
  const decision = decideRetry({
    code: failure.code,
    failures: job.failures + 1,
    maxAttempts: job.maxAttempts,
    retryAt: failure.retryAt,
    now: deps.clock.now(),
    random: Math.random(),
    createdAt: job.createdAt,
    attempt: job.attempt,
  });
  const error: JobError = {
    code: failure.code,
    detail: failure.message,
    hint: failure.hint,
    retryable: failure.retryable || decision.retry,
  };
  logger.warn("attempt failed", { code: failure.code, detail: failure.message, ...decision, cause: failure.cause });
  deps.telemetry.count("vidferry_job_attempts_total", { outcome: decision.retry ? "retried" : "failed" });
  deps.telemetry.count("vidferry_extractor_errors_total", { code: failure.code });
  if (decision.retry) {
    // What was resolved is no longer good; the next attempt asks the source again, and continues the parts.
    if (folder !== null && failure.code === "source_forbidden") await deps.downloader.forget(folder);
    // What was fetched is not good: kept, it would be taken for finished by every further attempt.
    if (folder !== null && failure.code === "output_invalid") await folder.remove();
    const end = {
      error,
      delayMs: decision.delayMs,
      countsAsFailure: decision.countsAsFailure,
      // With no job beside it there is more memory, and no job that it takes away from.
      alone: failure.code === "out_of_memory",
    };
    const again = await writeEnd(deps, () => deps.store.requeue(ref, end));
    if (again === null) return leaveFolder(deps, job);
    await announce(deps, again);
    await offer(deps, [again], decision.delayMs);
    return;
  }
  const failed = await writeEnd(deps, () => deps.store.fail(ref, error));
  if (failed === null) return leaveFolder(deps, job);
  deps.telemetry.count("vidferry_jobs_failed_total", { code: failure.code });
  await announce(deps, failed);
  await deps.workFolders.remove(job.id);
}

async function handBack(deps: AttemptDeps, job: Job): Promise<void> {
  const ref = { jobId: job.id, attempt: job.attempt };
  const queued = await deps.store.requeue(ref, { error: null, delayMs: 0, countsAsFailure: false });
  if (queued === null) return leaveFolder(deps, job);
  await announce(deps, queued);
  await offer(deps, [queued]);
}

// The job is out of our hands: its folder is of use only while the job can still come back to this host.
async function leaveFolder(deps: AttemptDeps, job: Job): Promise<void> {
  const current = await deps.store.get(job.id, null);
  if (current === null || isTerminal(current.state)) await deps.workFolders.remove(job.id);
}
