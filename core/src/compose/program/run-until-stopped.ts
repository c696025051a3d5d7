import { exitCodes } from "./exit-codes.ts";
import type { Program } from "./run-program.ts";

/** A running part of the service: the API, a worker, or both in one process. */
export interface RunningService {
  /** Address of the API; null without one. */
  readonly url: string | null;
  /** Stops taking work, lets running jobs finish for `graceMs`, then hands them back. */
  stop(graceMs: number): Promise<void>;
  /** Calls back when `vidferry drain` means this process: one that is a worker and nothing else. */
  onDrain(listener: () => void): void;
}

/** How a service is run by {@link runUntilStopped}. */
export interface ServiceRun {
  start(stop: AbortSignal): Promise<RunningService>;
  /** What is said once it runs. */
  announce(service: RunningService): readonly string[];
  /** How long running jobs may take to finish after the first signal. */
  readonly drainMs: number;
}

/**
 * Runs a service until a signal comes or it is told to drain. The first signal drains; the second one (`force`) hands
 * running jobs back at once. Gives the exit code.
 */
export async function runUntilStopped({ terminal, signals }: Program, run: ServiceRun): Promise<number> {
  const service = await run.start(signals.stop).catch((error: unknown) => {
    if (signals.stop.aborted) return null;
    throw error;
  });
  if (service === null) return exitCodes.interrupted;
  for (const line of run.announce(service)) terminal.note(line);
  const { promise: drained, resolve: drain } = Promise.withResolvers<void>();
  service.onDrain(drain);
  await Promise.race([aborted(signals.stop), drained]);
  terminal.note("stopping; once more stops at once");
  const hurry = aborted(signals.force).then(() => service.stop(0));
  await Promise.race([service.stop(run.drainMs), hurry]);
  return exitCodes.done;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
