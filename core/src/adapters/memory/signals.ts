import type { ControlSignal, Signals } from "../../jobs/signals.ts";

/**
 * Signals within one process. Other processes on the same store do not hear them; the heartbeat of an attempt is their
 * backstop.
 */
export function memorySignals(): Signals {
  const listeners = new Set<(signal: ControlSignal) => void>();
  let closed = false;
  return {
    async send(signal) {
      for (const listener of [...listeners]) listener(signal);
    },
    listen(listen) {
      if (closed) return () => undefined;
      // Wrapped, so that one function may listen twice.
      const listener = (signal: ControlSignal): void => listen(signal);
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async close() {
      closed = true;
      listeners.clear();
    },
  };
}
