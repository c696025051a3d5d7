import { AppError } from "../../errors/app-error.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { commandTimeoutMs, nextChange, openClient } from "./connection.ts";
import { settlesWithin } from "./deadline.ts";

/** Listens to a channel: called with each message as it was published, and null when messages may have been missed. */
export type ChannelListener = (message: string | null) => void;

/** One subscriber connection, fanned out to any number of listeners. */
export interface RedisSubscriber {
  /**
   * Resolves once the server has confirmed the channel; while the server is unreachable it resolves too, and the listener is
   * called with null when the connection is back.
   */
  subscribe(channel: string, listener: ChannelListener): Promise<() => void>;
  close(): void;
}

/** How a subscriber connects. */
export interface SubscriberOptions {
  readonly url: string;
  readonly name: string;
  /** Ping interval: a dead connection looks like a quiet channel. */
  readonly pingMs: number;
  readonly logger?: Logger;
}

// SUBSCRIBE takes any number of channels, but its reply comes once for each.
const channelsAtOnce = 500;

/** Opens a {@link RedisSubscriber}. */
export function openSubscriber(options: SubscriberOptions): RedisSubscriber {
  const client = openClient(options);
  const listeners = new Map<string, Set<ChannelListener>>();
  /** Listeners whose subscription was confirmed: only they can have missed messages. */
  const promised = new WeakSet<ChannelListener>();
  let closed = false;

  const tell = (channel: string, message: string): void => {
    for (const listener of [...(listeners.get(channel) ?? [])]) listener(message);
  };
  const answered = <T>(command: Promise<T>): Promise<T> =>
    settlesWithin(commandTimeoutMs, command, () => client.disconnect(true));

  const resubscribe = async (): Promise<void> => {
    const channels = [...listeners.keys()];
    for (let from = 0; from < channels.length; from += channelsAtOnce) {
      await answered(client.subscribe(...channels.slice(from, from + channelsAtOnce)));
    }
    for (const channel of channels) {
      for (const listener of [...(listeners.get(channel) ?? [])]) if (promised.has(listener)) listener(null);
    }
  };
  client.on("message", (channel: string, message: string) => tell(channel, message));
  client.on("ready", () => {
    resubscribe().catch((error: unknown) => {
      options.logger?.warn("redis subscriptions were not restored, trying again", { error: String(error) });
      if (!closed) client.disconnect(true);
    });
  });

  const watchdog = setInterval(() => {
    if (client.status === "ready") answered(client.ping()).catch(() => undefined);
  }, options.pingMs);
  // A process that has nothing else to do may end.
  (watchdog as { unref?: () => void }).unref?.();

  return {
    async subscribe(channel, listen) {
      if (closed) throw new AppError("unavailable");
      const own = listeners.get(channel) ?? new Set<ChannelListener>();
      // Wrapped, so that one function may listen twice.
      const listener: ChannelListener = (message) => listen(message);
      own.add(listener);
      listeners.set(channel, own);
      if (client.status === "connecting" || client.status === "connect") await nextChange(client, commandTimeoutMs);
      // Also for a channel that is known: the first subscription may not be confirmed yet, and replies come in order.
      if (client.status === "ready") await answered(client.subscribe(channel)).catch(() => undefined);
      promised.add(listener);
      return () => {
        if (!own.delete(listener) || own.size > 0 || listeners.get(channel) !== own) return;
        listeners.delete(channel);
        if (client.status === "ready") client.unsubscribe(channel).catch(() => undefined);
      };
    },
    close() {
      closed = true;
      clearInterval(watchdog);
      listeners.clear();
      client.disconnect();
    },
  };
}
