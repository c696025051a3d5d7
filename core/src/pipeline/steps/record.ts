import { AppError, toAppError } from "../../errors/app-error.ts";
import type { ErrorCode } from "../../errors/codes.ts";
import type { Attempt } from "../attempt.ts";
import type { FetchedStream, FetchProgress, LiveWishes, Recording, Resolution } from "../downloader.ts";
import { AttemptStopped } from "../lease.ts";
import { openCopies } from "../live/recording-copies.ts";
import { watchFinish } from "../live/watch-finish.ts";
import { defineStep, type Step, type StepRun } from "../step.ts";
import { filesOf } from "./fetch.ts";

/** After so many failures in a row, without anything new of the stream between them, the recording is over. */
const mostFailures = 4;
/** Pause before the second, third … of them. */
const pauseMs = 5_000;

/** Failures after which the stream may go on: the source is asked whether it does. */
const passing: ReadonlySet<ErrorCode> = new Set([
  ...(["network_error", "source_error", "source_forbidden", "rate_limited", "stalled"] as const),
  // A playlist that is gone.
  ...(["video_removed", "format_unavailable", "timed_out"] as const),
]);
/** What the source says of a stream that is over. */
const over: ReadonlySet<ErrorCode> = new Set(["live_not_supported", "live_not_started", "video_removed"]);

/**
 * Records a live stream until it ends, is as long as it may be, or is to be finished: by its owner, by a process that shuts down, or
 * because there is no room for more. Goes on after what an earlier attempt recorded on this host, or has copied to the storage.
 */
export function recordLive(attempt: Attempt, admitted: Step<Resolution>): Step<readonly FetchedStream[]> {
  return defineStep({
    name: "record",
    stage: "downloading",
    weight: 86,
    inputs: { resolution: admitted },
    files: filesOf,
    run: async ({ resolution }, run) => {
      const recorded = await record(attempt, resolution, run);
      return recorded.streams;
    },
  });
}

async function record(attempt: Attempt, resolution: Resolution, run: StepRun): Promise<Recording> {
  const { deps, job, folder, limits } = attempt;
  const { signal } = run;
  const wishes = resolution.live ?? { fromStart: false, maxSeconds: 0 };
  attempt.extendTimeout(wishes.maxSeconds * 1000);
  const watch = watchFinish(attempt, run);
  /** Why an earlier attempt ended the recording, and then was ended itself before its files were made. */
  let endedBefore: string | null = null;
  let current = resolution;
  const start = (finish: AbortSignal) =>
    deps.downloader.record(current, {
      folder,
      egress: attempt.egress,
      signal,
      finish,
      stallMs: limits.stallMs,
      onProgress: (progress) => {
        watch.weigh(progress.downloadedBytes);
        report(run, progress);
      },
    });
  const kept = () => start(AbortSignal.abort());
  const copies = deps.recordings === undefined ? null : openCopies(attempt, deps.recordings, signal);
  const copied = new AbortController();
  let following: Promise<void> | undefined;
  try {
    const endedElsewhere = await copies?.restore();
    let before = await kept();
    report(run, { ...nothingKnown, downloadedBytes: before.bytes, recordedSeconds: before.seconds });
    endedBefore = before.streams.length === 0 ? null : (endedElsewhere ?? (await folder.read(endedFile)));
    if (endedBefore !== null) return finished(before, wishes);
    if (before.streams.length === 0 && job.attempt > 1 && job.media?.isLive === true) warnOfLoss(run);
    following = copies?.follow(copied.signal);
    for (let failures = 0; ; ) {
      const failure = await start(watch.finish).then((recording) => recording, toAppError);
      if (!(failure instanceof Error)) return await ended(failure);
      signal.throwIfAborted();
      if (!passing.has(failure.code)) throw failure;
      const now = await kept();
      failures = now.seconds > before.seconds ? 1 : failures + 1;
      before = now;
      const next = await lookAgain(failure);
      if (next === null || failures >= mostFailures || watch.finish.aborted) {
        if (now.streams.length === 0) throw failure;
        if (next !== null && !watch.finish.aborted) run.warn(interrupted(failure));
        return await ended(now);
      }
      if (failures > 1) await deps.clock.sleep(pauseMs, AbortSignal.any([signal, watch.finish])).catch(() => undefined);
      signal.throwIfAborted();
      current = next;
    }
  } finally {
    watch.stop();
    copied.abort();
    await following;
  }

  /** Null: the stream is over. */
  async function lookAgain(failure: AppError): Promise<Resolution | null> {
    deps.logger.info("a live stream broke off; the source is asked whether it goes on", { code: failure.code });
    try {
      await deps.downloader.forget(folder);
      const next = await deps.downloader.resolve(job.request, { folder, egress: attempt.egress, signal });
      return next.live === undefined ? null : next;
    } catch (error) {
      signal.throwIfAborted();
      if (over.has(toAppError(error).code)) return null;
      return current;
    }
  }

  async function ended(recording: Recording): Promise<Recording> {
    // The next attempt must not go on with it, should this one not come to the end of its work.
    if (watch.reason !== null && recording.streams.length > 0) await folder.write(endedFile, watch.reason);
    copied.abort();
    await following;
    await copies?.end(watch.reason);
    return finished(recording, wishes);
  }

  function finished(recording: Recording, { maxSeconds }: LiveWishes): Recording {
    const { end, missingSeconds } = recording;
    const early =
      endedBefore ?? watch.reason ?? (end === "limit" && isOperators(maxSeconds) ? limitReached(maxSeconds) : null);
    if (recording.streams.length === 0) {
      // Another worker may begin it.
      if (run.finish.aborted) throw new AttemptStopped("draining");
      throw new AppError("live_not_supported", "The recording was ended before there was anything of the live stream.");
    }
    if (early !== null && end !== "over") run.warn({ code: "live_ended_early", detail: early });
    if (missingSeconds > 0) {
      const detail = `About ${Math.ceil(missingSeconds)} seconds of the live stream are missing between the parts that were recorded.`;
      run.warn({ code: "live_gaps", detail });
    }
    return recording;
  }

  function isOperators(maxSeconds: number): boolean {
    return job.request.live?.maxSeconds !== maxSeconds;
  }
}

const limitReached = (maxSeconds: number) => `Recordings are at most ${maxSeconds} seconds long here.`;

const interrupted = ({ message }: AppError) => ({
  code: "live_ended_early",
  detail: `The source sent nothing more of the live stream: ${message}`,
});

function warnOfLoss(run: StepRun): void {
  run.warn({
    code: "live_start_missing",
    detail: "What an earlier attempt recorded on another machine is lost; the recording begins with this attempt.",
  });
}

/** In the work folder: why the recording was ended. */
const endedFile = "recording-ended";

const nothingKnown = { fraction: null, totalBytes: null, bytesPerSecond: null, etaSeconds: null };

function report(run: StepRun, { fraction, ...figures }: FetchProgress): void {
  run.report(fraction, figures);
}
