import { formatSignal, parseSignal } from "../../../../jobs/signal-message.ts";
import type { ControlSignal, Signals } from "../../../../jobs/signals.ts";
import type { Logger } from "../../../../telemetry/logger.ts";
import type { MessageConnections } from "./connections.ts";

/** Signals as notifications of the database; what is sent while a listener's connection is away does not reach it. */
export function postgresSignals(connections: MessageConnections, logger?: Logger): Signals {
  const channel = connections.channel("control");
  const listeners = new Set<(signal: ControlSignal) => void>();
  let listening: Promise<() => void> | null = null;
  let closed = false;

  const hear = (payload: string | null): void => {
    const signal = payload === null ? null : parseSignal(payload);
    if (signal !== null) for (const listener of [...listeners]) listener(signal);
  };

  return {
    async send(signal) {
      if (closed) return;
      await connections.notify(channel, formatSignal(signal)).catch((error: unknown) =>
        logger?.warn("a signal was not sent; its receivers find out from the store", {
          type: signal.type,
          error: String(error),
        }),
      );
    },

    listen(listen) {
      if (closed) return () => undefined;
      // Wrapped, so that one function may listen twice.
      const listener = (signal: ControlSignal): void => listen(signal);
      listeners.add(listener);
      listening ??= connections.listener.listen(channel, hear);
      return () => void listeners.delete(listener);
    },

    async close() {
      if (closed) return;
      closed = true;
      listeners.clear();
      await listening?.then((stop) => stop()).catch(() => undefined);
    },
  };
}
