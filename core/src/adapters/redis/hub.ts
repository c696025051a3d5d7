import type { Logger } from "../../telemetry/logger.ts";
import { openConnection, type RedisConnection } from "./connection.ts";
import { openSubscriber, type RedisSubscriber } from "./subscriber.ts";

/**
 * The connections that a process shares between its queue and its event log: one for commands, one for pub/sub.
 * They close with the last of those that use them.
 */
export interface RedisHub {
  readonly commands: RedisConnection;
  readonly subscriber: RedisSubscriber;
  readonly url: string;
  /** Adds a user; returns a function that removes it. */
  use(): () => void;
}

/** How {@link redisHub} connects. */
export interface RedisHubOptions {
  /** `redis://[user:password@]host[:port][/db]`, or `rediss://` for TLS. */
  readonly url: string;
  /** How often the subscriber connection is tested. Default: 5,000 ms. */
  readonly pingMs?: number;
  readonly logger?: Logger;
}

/** Opens the shared connections. Returns at once; whoever uses them waits until they stand. */
export function redisHub(options: RedisHubOptions): RedisHub {
  const shared = options.logger === undefined ? {} : { logger: options.logger };
  const commands = openConnection({ url: options.url, name: "vidferry-commands", ...shared });
  let subscriber: RedisSubscriber | null = null;
  let users = 0;
  return {
    url: options.url,
    commands,
    // Opened by the first listener: a process that only submits jobs needs none.
    get subscriber() {
      subscriber ??= openSubscriber({
        url: options.url,
        name: "vidferry-subscriber",
        pingMs: options.pingMs ?? 5_000,
        ...shared,
      });
      return subscriber;
    },
    use() {
      users += 1;
      let using = true;
      return () => {
        if (!using) return;
        using = false;
        users -= 1;
        if (users > 0) return;
        commands.close();
        subscriber?.close();
      };
    },
  };
}
