import { type SQL, sql } from "drizzle-orm";
import { unlessAborted } from "../../../../runtime/unless-aborted.ts";
import type { Logger } from "../../../../telemetry/logger.ts";
import { readLocation } from "../location.ts";
import { createPool, type Pool } from "../pool.ts";
import { channelOf, type Topic } from "./channels.ts";
import { type Listener, openListener } from "./listener.ts";

/** How processes reach each other through a database. */
export interface MessageConnectionsOptions {
  /** `postgres://…`, as of the store. */
  readonly url: string;
  /** The same database without a pooler before it, to listen to. Default: `url`. */
  readonly listenUrl?: string | null;
  /** Most connections for statements; one more listens. Default: 3. */
  readonly maxConnections?: number;
  /** How long a connection may take to open, in milliseconds. Default: 10,000. */
  readonly connectTimeoutMs?: number;
  /** How long a statement may take, in milliseconds. Default: 10,000. */
  readonly queryTimeoutMs?: number;
  /** How often the listening connection is tested, in milliseconds. Default: 5,000. */
  readonly testMs?: number;
  /** How long a test may take, in milliseconds. Default: 5,000. */
  readonly answerMs?: number;
  readonly logger?: Logger;
}

/** The connections that signals, events and wake-ups of a process share; they open when they are first used. */
export interface MessageConnections {
  readonly pool: Pool;
  readonly listener: Listener;
  channel(topic: Topic): string;
  /** A name of our own in the schema, qualified: poolers keep no `search_path`. */
  named(name: string): SQL;
  /** Sends a notification. */
  notify(channel: string, payload: string): Promise<void>;
  /** Rejects with `unavailable` unless the server that is listened to answers. */
  checkListening(signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** Opens {@link MessageConnections}. */
export function openMessageConnections(options: MessageConnectionsOptions): MessageConnections {
  const {
    maxConnections = 3,
    connectTimeoutMs = 10_000,
    queryTimeoutMs = 10_000,
    testMs = 5_000,
    answerMs = 5_000,
    logger,
  } = options;
  const { url, schema } = readLocation(options.url);
  const listenUrl = readLocation(options.listenUrl ?? options.url).url;
  const pool = createPool({ url, maxConnections, connectTimeoutMs, queryTimeoutMs });
  const channel = (topic: Topic): string => channelOf(schema, topic);
  const notify = async (name: string, payload: string): Promise<void> => {
    await pool.run((db) => db.execute(sql`select ${notWaitingForDisk}, pg_notify(${name}, ${payload})`));
  };
  const listener = openListener({
    ...{ url: listenUrl, hasOwnUrl: listenUrl !== url, connectTimeoutMs, testMs, answerMs, logger, notify },
    echoChannel: (token) => channel(`echo-${token}`),
  });
  return {
    ...{ pool, listener, channel, notify },
    checkListening: async (signal) => {
      const one = createPool({ url: listenUrl, maxConnections: 1, connectTimeoutMs, queryTimeoutMs });
      try {
        await unlessAborted(
          one.run((db) => db.execute(sql`select 1`)),
          signal,
        );
      } finally {
        await one.close();
      }
    },
    named: (name) => sql`${sql.identifier(schema)}.${sql.identifier(name)}`,
    close: async () => {
      await listener.close();
      await pool.close();
    },
  };
}

/**
 * A column of a select: its transaction does not wait for the disk. Notifications are committed one transaction after the
 * other, and what is lost with the server is a hint.
 */
export const notWaitingForDisk = sql`set_config('synchronous_commit', 'off', true)`;
