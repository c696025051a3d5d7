import { exitCodes } from "./exit-codes.ts";

/** What the user asks of a program by signals. */
export interface Signals {
  readonly stop: AbortSignal;
  readonly force: AbortSignal;
}

/** Calls back on each SIGUSR2, which would end a process that does not listen. */
export function onToggleSignal(listener: () => void): void {
  process.on("SIGUSR2", listener);
}

/** The first SIGINT or SIGTERM asks to stop, the second one to hurry, the third one ends the process. */
export function listenForSignals(): Signals {
  const stop = new AbortController();
  const force = new AbortController();
  const onSignal = () => {
    if (force.signal.aborted) process.exit(exitCodes.interrupted);
    else if (stop.signal.aborted) force.abort();
    else stop.abort();
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return { stop: stop.signal, force: force.signal };
}
