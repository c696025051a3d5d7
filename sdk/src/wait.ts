import { ApiError, JobFailedError, TimeoutError } from "./errors.ts";
import { sleep } from "./sleep.ts";
import { type DownloadEvent, type DownloadJob, isTerminal } from "./types.ts";

/** How to wait for a job. */
export interface WaitOptions {
  /** Called with the whole job whenever it changes, its newest progress included. What it throws ends the wait. */
  readonly onProgress?: (job: DownloadJob) => void;
  /** Stops waiting; the job goes on. */
  readonly signal?: AbortSignal;
  /** How long to wait at most, in milliseconds; without it as long as it takes. The job goes on after that. */
  readonly timeoutMs?: number;
}

/** What a wait is made of. */
export interface WaitSources {
  readonly events: (signal: AbortSignal) => AsyncIterable<DownloadEvent>;
  readonly get: (signal: AbortSignal) => Promise<DownloadJob>;
}

/** The first and the longest pause between two looks at the job, in milliseconds. */
const polling = { firstMs: 1_000, longestMs: 5_000 };

/**
 * Resolves with the job when it has succeeded. Follows its events; where those cannot be had (a proxy that swallows streams),
 * it looks at the job again and again. Rejects with a {@link JobFailedError}, a {@link TimeoutError}, the signal's reason, or
 * the error of the service.
 */
export async function waitForJob(id: string, sources: WaitSources, options: WaitOptions = {}): Promise<DownloadJob> {
  const { signal, timeoutMs } = options;
  signal?.throwIfAborted();
  const late = new AbortController();
  const timer = timeoutMs === undefined ? undefined : setTimeout(() => late.abort(), timeoutMs);
  try {
    const ends = signal === undefined ? late.signal : AbortSignal.any([signal, late.signal]);
    const job = await untilTerminal(sources, ends, options.onProgress);
    if (job.state === "succeeded") return job;
    throw new JobFailedError(job);
  } catch (error) {
    signal?.throwIfAborted();
    if (late.signal.aborted && !(error instanceof JobFailedError)) {
      throw new TimeoutError(`The job ${id} was not over within ${timeoutMs} ms.`);
    }
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function untilTerminal(
  sources: WaitSources,
  signal: AbortSignal,
  onProgress: WaitOptions["onProgress"],
): Promise<DownloadJob> {
  const told = await fromEvents(sources, signal, onProgress);
  if (told !== null) return told;
  for (let pause = polling.firstMs; ; pause = Math.min(polling.longestMs, pause * 1.5)) {
    const job = await sources.get(signal);
    onProgress?.(job);
    if (isTerminal(job.state)) return job;
    await sleep(pause, signal);
  }
}

/** The terminal job; null when the events cannot be had. */
async function fromEvents(
  sources: WaitSources,
  signal: AbortSignal,
  onProgress: WaitOptions["onProgress"],
): Promise<DownloadJob | null> {
  let job: DownloadJob | null = null;
  const events = sources.events(signal)[Symbol.asyncIterator]();
  try {
    for (;;) {
      const event = await nextUnlessBroken(events, signal);
      if (event === null) return null;
      job = withEvent(job, event);
      if (job === null) continue;
      onProgress?.(job);
      if (isTerminal(job.state)) return job;
    }
  } finally {
    await events.return?.();
  }
}

/** The job after an event. Null before its first `job` event: a progress alone is no whole job. */
function withEvent(job: DownloadJob | null, event: DownloadEvent): DownloadJob | null {
  if (event.type === "job") return event.data;
  return job && { ...job, stage: event.data.stage, progress: event.data.progress };
}

async function nextUnlessBroken(
  events: AsyncIterator<DownloadEvent, unknown>,
  signal: AbortSignal,
): Promise<DownloadEvent | null> {
  try {
    const result = await events.next();
    return result.done ? null : result.value;
  } catch (error) {
    signal.throwIfAborted();
    // These would be the answer to the next look at the job as well.
    if (error instanceof ApiError && [401, 403, 404].includes(error.status)) throw error;
    return null;
  }
}
