import type { AttemptDeps } from "../dependencies.ts";
import type { AttemptPatch } from "../jobs/attempts.ts";
import type { Job } from "../jobs/job.ts";

/** Why an attempt stops although nothing failed. */
export type StopCause =
  /** The job was canceled, paused, deleted, or another attempt has taken over. */
  | "superseded"
  /** This process is draining. */
  | "draining";

/** The reason that an attempt's signal aborts with when nothing failed. */
export class AttemptStopped extends Error {
  override readonly name = "AttemptStopped";
  readonly stopCause: StopCause;
  constructor(stopCause: StopCause) {
    super(`the attempt was stopped: ${stopCause}`);
    this.stopCause = stopCause;
  }
}

/** The outcome of a heartbeat. */
export type Beat =
  /** It was written: the attempt held its job at that time. */
  | "written"
  /** The attempt is over. */
  | "over"
  /** The store cannot be reached; it is tried again soon. */
  | "unknown";

/** The lease of a running attempt. */
export interface AttemptLease {
  /** Aborts when the lease is lost, or when the process drains. */
  readonly signal: AbortSignal;
  /** Merges the patch into the next heartbeat. */
  note(patch: AttemptPatch): void;
  /** Sends a heartbeat now. */
  beat(): Promise<Beat>;
  /**
   * Sends heartbeats until one is written: the attempt has begun, and its loss counts. Rejects with the signal's reason
   * when it must not begin.
   */
  begin(): Promise<void>;
  /** Ends the heartbeat; waits for one that is under way. */
  release(): Promise<void>;
}

/** A heartbeat that could not be written is tried again after this part of the lease, and after a second at the latest. */
export const retryPauseMs = (leaseMs: number): number => Math.min(1_000, leaseMs / 10);

/**
 * Keeps the lease of a claimed job alive: a heartbeat every third of its length, at once when a stop signal names the job.
 *
 * While the store cannot be reached an attempt that has begun goes on. Either it is down for everybody, and then nobody else can
 * claim the job, or only this process is cut off, and then its next write is fenced off; two attempts never share files.
 */
export function holdLease(
  deps: Pick<AttemptDeps, "database" | "signals" | "logger" | "clock">,
  job: Job,
  options: {
    readonly leaseMs: number;
    readonly signal: AbortSignal;
    /** Called with what a heartbeat wrote. */
    readonly onWritten?: (patch: AttemptPatch) => void;
  },
): AttemptLease {
  const ref = { jobId: job.id, attempt: job.attempt };
  const controller = new AbortController();
  const stopBeating = new AbortController();
  const stop = (cause: StopCause) => controller.abort(new AttemptStopped(cause));
  let pending: AttemptPatch = {};
  let running: Promise<Beat> | null = null;

  const write = async (): Promise<Beat> => {
    const patch = pending;
    pending = {};
    try {
      if (!(await deps.database.attempts.heartbeat(ref, options.leaseMs, patch))) {
        stop("superseded");
        return "over";
      }
      options.onWritten?.(patch);
      return "written";
    } catch (error) {
      pending = { ...patch, ...pending };
      deps.logger.warn("a heartbeat could not be written", { jobId: job.id, attempt: job.attempt, error });
      return "unknown";
    }
  };
  // One write at a time: a beat requested during another one waits for it and then writes again.
  const beat = async (): Promise<Beat> => {
    while (running !== null) await running;
    running = write();
    try {
      return await running;
    } finally {
      running = null;
    }
  };

  const begin = async (): Promise<void> => {
    while ((await beat()) === "unknown") {
      // An aborted sleep rejects; the signal says why.
      await deps.clock.sleep(retryPauseMs(options.leaseMs), controller.signal).catch(() => undefined);
      controller.signal.throwIfAborted();
    }
    controller.signal.throwIfAborted();
  };

  const ended = AbortSignal.any([stopBeating.signal, controller.signal]);
  const loop = (async () => {
    let pauseMs = options.leaseMs / 3;
    while (!ended.aborted) {
      try {
        await deps.clock.sleep(pauseMs, ended);
      } catch {
        // The only thing a sleep rejects with is the abort that the loop's condition sees.
        break;
      }
      pauseMs = (await beat()) === "unknown" ? retryPauseMs(options.leaseMs) : options.leaseMs / 3;
    }
  })();

  const unsubscribe = deps.signals.listen((message) => {
    if (message.type === "stop" && message.jobId === job.id) void beat();
  });
  const onDrain = () => stop("draining");
  if (options.signal.aborted) onDrain();
  else options.signal.addEventListener("abort", onDrain, { once: true });

  return {
    signal: controller.signal,
    note: (patch) => {
      pending = { ...pending, ...patch };
    },
    beat,
    begin,
    release: async () => {
      stopBeating.abort();
      unsubscribe();
      options.signal.removeEventListener("abort", onDrain);
      await loop;
      if (running !== null) await running;
    },
  };
}
