import type { Job } from "../job/job.ts";
import type { AttemptPatch } from "../ports/job-store.ts";
import type { AttemptDeps } from "./dependencies.ts";

/** Why an attempt stops although nothing failed. */
export type StopCause =
  /** The job was canceled, paused, deleted, or another attempt has taken over. */
  | "superseded"
  /** This process wants to end. */
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

/** A running attempt's hold on its job. */
export interface AttemptLease {
  /** Aborts when the right to the attempt is gone, or when the process drains. */
  readonly signal: AbortSignal;
  /** Takes note of what the next heartbeat writes. */
  note(patch: AttemptPatch): void;
  /** Writes now instead of at the next beat. Returns false when the lease is gone. */
  beat(): Promise<boolean>;
  /** Ends the heartbeat; waits for one that is under way. */
  release(): Promise<void>;
}

/**
 * Keeps the lease of a claimed job alive: a heartbeat every third of its length, at once when a stop signal names the
 * job. When the store cannot be reached until the lease has run out, the attempt stops: by then another worker may run it.
 */
export function holdLease(
  deps: Pick<AttemptDeps, "store" | "queue" | "logger" | "clock">,
  job: Job,
  options: { readonly leaseMs: number; readonly signal: AbortSignal },
): AttemptLease {
  const ref = { jobId: job.id, attempt: job.attempt };
  const controller = new AbortController();
  const stopBeating = new AbortController();
  const stop = (cause: StopCause) => controller.abort(new AttemptStopped(cause));
  let pending: AttemptPatch = {};
  let validUntil = performance.now() + options.leaseMs;
  let running: Promise<boolean> | null = null;

  const write = async (): Promise<boolean> => {
    const patch = pending;
    pending = {};
    const sentAt = performance.now();
    try {
      if (await deps.store.heartbeat(ref, options.leaseMs, patch)) {
        validUntil = sentAt + options.leaseMs;
        return true;
      }
      stop("superseded");
      return false;
    } catch (error) {
      pending = { ...patch, ...pending };
      deps.logger.warn("a heartbeat could not be written", { jobId: job.id, attempt: job.attempt, error });
      if (performance.now() > validUntil) stop("superseded");
      return !controller.signal.aborted;
    }
  };
  // One write at a time: a beat that is asked for during another waits for it and then writes again.
  const beat = async (): Promise<boolean> => {
    while (running !== null) await running;
    running = write();
    try {
      return await running;
    } finally {
      running = null;
    }
  };

  const ended = AbortSignal.any([stopBeating.signal, controller.signal]);
  const loop = (async () => {
    while (!ended.aborted) {
      try {
        await deps.clock.sleep(options.leaseMs / 3, ended);
      } catch {
        // The only thing a sleep rejects with is the abort that the loop's condition sees.
        break;
      }
      // A store that does not answer at all must not keep an attempt alive beyond its lease.
      await Promise.race([beat(), deps.clock.sleep(options.leaseMs / 3, ended).catch(() => undefined)]);
      if (performance.now() > validUntil) stop("superseded");
    }
  })();

  const unsubscribe = deps.queue.onSignal((message) => {
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
    release: async () => {
      stopBeating.abort();
      unsubscribe();
      options.signal.removeEventListener("abort", onDrain);
      await loop;
      if (running !== null) await running;
    },
  };
}
