import { ApiError, isPassingError, JobFailedError } from "./errors.ts";
import { retryDelay } from "./retry-policy.ts";
import { sleep } from "./sleep.ts";
import { type DownloadEvent, type DownloadJob, hasEnded, type SucceededJob, type UnfinishedJob } from "./types.ts";
import { waitWithin } from "./wait-within.ts";

/** How to wait for a job. */
export interface WaitOptions {
  /** Called with the whole job whenever it changes, its newest progress included. What it throws ends the wait. */
  readonly onProgress?: ((job: DownloadJob) => void) | undefined;
  /** Stops waiting; the job goes on. */
  readonly signal?: AbortSignal | undefined;
  /** Longest time to wait, in milliseconds; no limit without it. The job goes on after that. */
  readonly timeoutMs?: number | undefined;
}

/** Dependencies of a wait. */
export interface WaitSources {
  readonly events: (signal: AbortSignal) => AsyncIterable<DownloadEvent>;
  readonly get: (signal: AbortSignal) => Promise<DownloadJob>;
  /**
   * Longest time until the first event, in milliseconds; 10,000. A proxy that collects what it hands on lets the connection open,
   * and nothing through it.
   */
  readonly firstEventMs?: number | undefined;
}

type Ended = Exclude<DownloadJob, UnfinishedJob>;

/** First and longest interval of polling, in milliseconds. */
const polling = { firstMs: 1_000, longestMs: 5_000 };

/** How many polls in a row may fail with a retryable error before the wait fails. */
const patience = 10;

/**
 * Resolves with the job when it has succeeded. Follows its events; where those cannot be had (a proxy that swallows streams),
 * it looks at the job again and again. Outlasts a service that is away for about a minute. Rejects with a {@link JobFailedError}, a `TimeoutError`, the signal's reason, or
 * the error of the service.
 */
export async function waitForJob(id: string, sources: WaitSources, options: WaitOptions = {}): Promise<SucceededJob> {
  const { onProgress, ...limits } = options;
  const job = await waitWithin(`The job ${id}`, limits, (ends) => untilTerminal(sources, ends, onProgress));
  if (job.state === "succeeded") return job;
  throw new JobFailedError(job);
}

async function untilTerminal(
  sources: WaitSources,
  signal: AbortSignal,
  onProgress: WaitOptions["onProgress"],
): Promise<Ended> {
  let streaming = true;
  for (let pause = polling.firstMs; ; pause = Math.min(polling.longestMs, pause * 1.5)) {
    if (streaming) {
      const { job, heard } = await fromEvents(sources, signal, onProgress);
      if (job !== null) return job;
      // A stream that delivered events was interrupted, for example by a restart; one that never delivers is given up for polling.
      streaming = heard;
    }
    const job = await look(sources, signal);
    onProgress?.(job);
    if (hasEnded(job)) return job;
    await sleep(pause, signal);
  }
}

/** The job as it is now, although the service may be away for about a minute. */
async function look(sources: WaitSources, signal: AbortSignal): Promise<DownloadJob> {
  for (let failures = 1; ; failures++) {
    try {
      return await sources.get(signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!isPassingError(error) || failures > patience) throw error;
      await sleep(retryDelay(failures, null) ?? polling.longestMs, signal);
    }
  }
}

/** The terminal job, or null when the events broke off or never began; and whether there were any. */
async function fromEvents(
  sources: WaitSources,
  signal: AbortSignal,
  onProgress: WaitOptions["onProgress"],
): Promise<{ readonly job: Ended | null; readonly heard: boolean }> {
  let job: DownloadJob | null = null;
  const tooQuiet = new AbortController();
  const timer = setTimeout(() => tooQuiet.abort(), sources.firstEventMs ?? 10_000);
  const events = sources.events(AbortSignal.any([signal, tooQuiet.signal]))[Symbol.asyncIterator]();
  try {
    for (;;) {
      const event = await nextUnlessBroken(events, signal);
      clearTimeout(timer);
      if (event === null) return { job: null, heard: job !== null };
      job = withEvent(job, event);
      if (job === null) continue;
      onProgress?.(job);
      if (hasEnded(job)) return { job, heard: true };
    }
  } finally {
    clearTimeout(timer);
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
