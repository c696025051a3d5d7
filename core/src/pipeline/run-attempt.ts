import type { AttemptDeps } from "../dependencies.ts";
import { AppError, toAppError } from "../errors/app-error.ts";
import { announce, offer } from "../jobs/announce.ts";
import type { Job, JobError } from "../jobs/job.ts";
import type { AttemptPatch } from "../jobs/job-store.ts";
import { isTerminal } from "../jobs/states.ts";
import type { StoredArtifact } from "../library/artifact.ts";
import { AttemptStopped, holdLease, retryPauseMs } from "./attempt-lease.ts";
import { trackProgress } from "./attempt-progress.ts";
import { type AttemptLimits, makeResults } from "./make-results.ts";
import { decideRetry } from "./retry-policy.ts";
import { discardResults, storeResults } from "./store-results.ts";
import { watchDisk } from "./watch-disk.ts";
import type { WorkFolder } from "./work-folders.ts";

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
 * the job; rejects only when the store cannot be written until the process ends, or refuses what is written; then the lease
 * runs out and the sweep takes over.
 *
 * Cleans up first and writes afterwards, and announces only what was written: whatever a client learns of the end of an
 * attempt, and does about it, meets nothing of the attempt any more.
 */
export async function runAttempt(deps: AttemptDeps, job: Job, options: AttemptOptions): Promise<void> {
  const logger = deps.logger.child({ jobId: job.id, attempt: job.attempt });
  const stages = announceStages(deps, job);
  const lease = holdLease({ ...deps, logger }, job, { ...options, onWritten: stages.written });
  const ref = { jobId: job.id, attempt: job.attempt };
  const startedAt = performance.now();
  const timeout = new AbortController();
  const timer = setTimeout(
    () =>
      timeout.abort(new AppError("timed_out", `The attempt took longer than ${options.limits.timeoutMs / 1000} s.`)),
    options.limits.timeoutMs,
  );
  const disk = watchDisk({ ...deps, logger }, options.limits.minFreeBytes);
  const ends = writeEnds({ ...deps, logger }, options);
  const signal = AbortSignal.any([lease.signal, timeout.signal, disk.signal]);
  let folder: WorkFolder | null = null;
  const end: AttemptEnd = { deps: { ...deps, logger }, job, folder: () => folder, write: ends.write };
  try {
    const versions = Promise.all([deps.downloader.version(), deps.transcoder.version()]);
    const [ytDlp, ffmpeg] = await unlessAborted(versions, signal);
    const engine = { ytDlp, ffmpeg };
    lease.note({ engine });
    const progress = trackProgress({ ...deps, logger }, job, lease, stages.told);
    folder = await deps.workFolders.open(job.id);
    const made = await makeResults({
      deps,
      job,
      folder,
      limits: options.limits,
      progress,
      signal,
      onResolved: ({ media, warnings }) => lease.note({ media, warnings }),
    });
    const { media, warnings } = made;
    lease.note({ warnings });
    await progress.enter("storing");
    const artifacts = await storeResults(deps, job, made.files, { signal, onProgress: progress.advance });
    const done = await ends.write(() =>
      deps.store.succeed(ref, {
        artifacts,
        progress: { ...progress.current, percent: 100, bytesPerSecond: null, etaSeconds: 0 },
        media,
        warnings,
        engine,
        retentionMs: options.retentionMs,
      }),
    );
    if (done === null) {
      await discardUnnamed(end, artifacts);
      return;
    }
    const seconds = (performance.now() - startedAt) / 1000;
    deps.telemetry.count("vidferry_job_attempts_total", { outcome: "succeeded" });
    deps.telemetry.observe("vidferry_job_duration_seconds", seconds, { outcome: "succeeded" });
    await tidy(end);
    await announce(deps, done);
    logger.info("job succeeded", { files: artifacts.length, seconds });
  } catch (error) {
    const reason = signal.aborted ? signal.reason : error;
    if (!(reason instanceof AttemptStopped)) {
      // What was found out of the video helps to understand why it failed.
      await lease.beat();
      await recordFailure(end, toAppError(reason));
      return;
    }
    logger.info("attempt stopped", { cause: reason.stopCause });
    if (reason.stopCause === "draining") await handBack(end);
    else await leaveFolder(end);
  } finally {
    clearTimeout(timer);
    disk.stop();
    ends.stop();
    await lease.release();
    await folder?.release();
  }
}

/** What the end of an attempt needs. */
interface AttemptEnd {
  readonly deps: AttemptDeps;
  readonly job: Job;
  /** Null before it was opened. It is this attempt's alone until it is released. */
  folder(): WorkFolder | null;
  /** See {@link writeEnds}. */
  write(end: () => Promise<Job | null>): Promise<Job | null>;
}

/** Announces a stage when a heartbeat has written it, and not before: the job may be over without our knowing. */
function announceStages(deps: AttemptDeps, job: Job) {
  let shown = job;
  let stage: Job["stage"] = null;
  let telling: Promise<void> = Promise.resolve();
  return {
    written: (patch: AttemptPatch) => {
      shown = { ...shown, ...patch };
      if (shown.stage === stage || patch.stage === undefined) return;
      stage = patch.stage;
      const now = shown;
      telling = telling.then(() => announce(deps, now));
    },
    /** Resolves when everything that was written has been announced. */
    told: () => telling,
  };
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

/** How long the end of an attempt is still tried to be written when the process wants to end, in milliseconds. */
const lastPatienceMs = 10_000;

/**
 * Writes how an attempt ended, again and again while the store is away or full: hours of downloading should not be lost to a
 * database that is down. Only the end of the process ends the patience. A write that was answered by an error may have
 * happened; then the next one is fenced off.
 */
function writeEnds(
  deps: Pick<AttemptDeps, "clock" | "logger">,
  { leaseMs, signal }: Pick<AttemptOptions, "leaseMs" | "signal">,
) {
  const givenUp = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const onDrain = () => {
    timer = setTimeout(() => givenUp.abort(), lastPatienceMs);
  };
  if (signal.aborted) onDrain();
  signal.addEventListener("abort", onDrain, { once: true });
  const passes = (error: unknown) => ["unavailable", "disk_full"].includes(toAppError(error).code);

  return {
    write: async (end: () => Promise<Job | null>): Promise<Job | null> => {
      for (let failures = 1; ; failures += 1) {
        try {
          return await end();
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
      clearTimeout(timer);
      signal.removeEventListener("abort", onDrain);
    },
  };
}

/** Deletes the attempt's folder. Never rejects: the sweep finds what is left. */
async function tidy({ deps, folder }: AttemptEnd): Promise<void> {
  try {
    await folder()?.remove();
  } catch (error) {
    deps.logger.warn("a work folder is left to the sweep", { error });
  }
}

/** After a fenced write: deletes what this attempt stored, save what the job names after all (the write had happened). */
async function discardUnnamed(end: AttemptEnd, artifacts: readonly StoredArtifact[]): Promise<void> {
  const { deps, job } = end;
  deps.telemetry.count("vidferry_fenced_writes_total");
  const current = await deps.store.get(job.id, null);
  const named = new Set(current?.artifacts.map((artifact) => artifact.storageKey));
  const unnamed = artifacts.filter((artifact) => !named.has(artifact.storageKey));
  if (unnamed.length > 0) await discardResults(deps, unnamed);
  await leaveFolder(end);
  if (unnamed.length === 0 && current !== null) await announce(deps, current);
}

async function recordFailure(end: AttemptEnd, failure: AppError): Promise<void> {
  const { deps, job } = end;
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
  const { code, message: detail, cause } = failure;
  deps.logger.warn("attempt failed", { code, detail, ...decision, cause });
  deps.telemetry.count("vidferry_job_attempts_total", { outcome: decision.retry ? "retried" : "failed" });
  deps.telemetry.count("vidferry_extractor_errors_total", { code });
  if (!decision.retry) {
    // While it is ours alone: as soon as the failure shows, the client may retry, and any process may open the folder.
    await tidy(end);
    const failed = await end.write(() => deps.store.fail(ref, error));
    if (failed === null) return;
    deps.telemetry.count("vidferry_jobs_failed_total", { code });
    await announce(deps, failed);
    return;
  }
  const folder = end.folder();
  // What was resolved is no longer good; the next attempt asks the source again, and continues the parts.
  if (folder !== null && code === "source_forbidden") await deps.downloader.forget(folder);
  // What was fetched is not good: kept, it would be taken for finished by every further attempt.
  if (code === "output_invalid") await tidy(end);
  await folder?.release();
  const again = await end.write(() =>
    deps.store.requeue(ref, {
      error,
      delayMs: decision.delayMs,
      countsAsFailure: decision.countsAsFailure,
      // With no job beside it there is more memory, and no job that it takes away from.
      alone: code === "out_of_memory",
    }),
  );
  if (again === null) return;
  await announce(deps, again);
  await offer(deps, [again], decision.delayMs);
}

async function handBack(end: AttemptEnd): Promise<void> {
  const { deps, job } = end;
  const ref = { jobId: job.id, attempt: job.attempt };
  // The next attempt, perhaps of another process, goes on in this folder.
  await end.folder()?.release();
  const queued = await end.write(() => deps.store.requeue(ref, { error: null, delayMs: 0, countsAsFailure: false }));
  if (queued === null) return;
  await announce(deps, queued);
  await offer(deps, [queued]);
}

/**
 * The job is out of our hands: its folder is of use only while the job can still come back to this host. It is looked at
 * while nobody else may open the folder, so that it is never taken away from a later attempt.
 */
async function leaveFolder(end: AttemptEnd): Promise<void> {
  const { deps, job } = end;
  const current = await deps.store.get(job.id, null);
  if (current === null || isTerminal(current.state)) await tidy(end);
}
