import type { Attempt } from "../attempt.ts";
import type { StepRun } from "../step.ts";

/** How often the store is asked whether the owner wants the recording to end, where the signal was lost. */
const askEveryMs = 5_000;
/** Of the recording, what making a file of it needs in addition: its parts joined, and the result. */
const roomFactor = 2.25;
/** A part of the limit is left for what the container of the result takes more than that of the stream. */
const sizeShare = 0.97;

/** Tells when a recording is to end although the stream goes on. */
export interface FinishWatch {
  readonly finish: AbortSignal;
  /** Why it ended early, for the owner; null: it did not, or the owner wished it. */
  readonly reason: string | null;
  /** Tells how much has been recorded. */
  weigh(bytes: number): void;
  stop(): void;
}

/** Monitors the owner's wish, the shutdown of the process, the disk and the size limit. */
export function watchFinish(
  { deps, job, limits }: Pick<Attempt, "deps" | "job" | "limits">,
  run: Pick<StepRun, "finish" | "signal">,
): FinishWatch {
  const finished = new AbortController();
  const stopped = new AbortController();
  let reason: string | null = null;
  const end = (why: string | null) => {
    if (finished.signal.aborted) return;
    reason = why;
    finished.abort();
  };

  const onDrain = () => end("The worker that recorded it was shut down.");
  if (run.finish.aborted) onDrain();
  else run.finish.addEventListener("abort", onDrain, { once: true });

  const ask = async () => {
    const current = await deps.database.jobs.get(job.id, null);
    if (current?.finishAskedAt != null) end(null);
  };
  const unsubscribe = deps.signals.listen((message) => {
    if (message.type === "finish" && message.jobId === job.id) void ask().catch(() => undefined);
  });
  const poll = async () => {
    while (!stopped.signal.aborted) {
      // The store may be out of reach for a while: it is asked again.
      await ask().catch((error: unknown) => deps.logger.debug("whether to finish could not be read", { error }));
      await deps.clock.sleep(askEveryMs, stopped.signal).catch(() => undefined);
    }
  };
  void poll();

  let isWeighing = false;
  return {
    finish: finished.signal,
    get reason() {
      return reason;
    },
    weigh: (bytes) => {
      const { maxFileBytes, minFreeBytes } = limits;
      if (maxFileBytes !== null && bytes >= maxFileBytes * sizeShare)
        end(`A file has at most ${maxFileBytes} bytes here.`);
      if (isWeighing) return;
      isWeighing = true;
      deps.workFolders
        .freeBytes()
        .then((free) => {
          if (free < minFreeBytes + bytes * roomFactor) end("The worker's disk has no room for more of it.");
        })
        .catch((error: unknown) => deps.logger.debug("the disk could not be measured", { error }))
        .finally(() => {
          isWeighing = false;
        });
    },
    stop: () => {
      stopped.abort();
      unsubscribe();
      run.finish.removeEventListener("abort", onDrain);
    },
  };
}
