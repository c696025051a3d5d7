import { formatSignal, parseSignal } from "../../jobs/signal-message.ts";
import type { ControlSignal, Signals } from "../../jobs/signals.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { type RedisHub, redisHub } from "./hub.ts";

/** How {@link redisSignals} is set up. Either `url` or `hub`. */
export interface RedisSignalsOptions {
  /** `redis://…` or `rediss://…`; for connections of its own. */
  readonly url?: string;
  /** Connections shared with others of this process. */
  readonly hub?: RedisHub;
  /** Start of the channel's name. Default: `vidferry`. */
  readonly prefix?: string;
  readonly logger?: Logger;
}

/** Signals over one pub/sub channel; what is sent while a listener's connection is away does not reach it. */
export function redisSignals(options: RedisSignalsOptions): Signals {
  const { logger, prefix = "vidferry" } = options;
  const hub = options.hub ?? ownHub(options);
  const release = hub.use();
  const channel = `${prefix}:control`;
  const listeners = new Set<(signal: ControlSignal) => void>();
  let unsubscribe: Promise<() => void> | null = null;
  let closed = false;

  const hear = (message: string | null): void => {
    const signal = message === null ? null : parseSignal(message);
    if (signal !== null) for (const listener of [...listeners]) listener(signal);
  };

  return {
    async send(signal) {
      if (closed) return;
      await hub.commands
        .run((client) => client.publish(channel, formatSignal(signal)))
        .catch((error: unknown) =>
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
      unsubscribe ??= hub.subscriber.subscribe(channel, hear);
      return () => void listeners.delete(listener);
    },

    async close() {
      if (closed) return;
      closed = true;
      listeners.clear();
      await unsubscribe?.then((stop) => stop()).catch(() => undefined);
      release();
    },
  };
}

function ownHub({ url, logger }: RedisSignalsOptions): RedisHub {
  if (url === undefined) throw new Error("redisSignals needs a url or a hub");
  return redisHub({ url, ...(logger && { logger }) });
}
