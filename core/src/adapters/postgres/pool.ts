import { drizzle } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import { AppError } from "../../errors/app-error.ts";
import type { Database } from "../sql/connection.ts";
import { guarded } from "../sql/guard.ts";
import { diagnosePostgres } from "./errors.ts";

/** How a {@link createPool} connects. */
export interface PoolOptions {
  readonly url: string;
  readonly maxConnections: number;
  readonly prepare: boolean;
  readonly connectTimeoutMs: number;
  readonly queryTimeoutMs: number;
}

/** Connections to a server, which survive that it goes away. */
export interface Pool {
  /** Runs queries, within the time limit. Rejects with an AppError. */
  run<T>(queries: (db: Database, client: postgres.Sql) => Promise<T>): Promise<T>;
  /** The same without a time limit, for what may take long. */
  runLong<T>(queries: (client: postgres.Sql) => Promise<T>): Promise<T>;
  /** Waits a moment for running queries, then closes all connections. */
  close(): Promise<void>;
}

interface Generation {
  readonly client: postgres.Sql;
  readonly db: Database;
}

// How long running queries may take when their connections are given up, in seconds.
const drainSeconds = 5;
// The server ends a slow query by itself; who waits longer than this on top waits for a connection that is dead.
const graceMs = 2_000;
const idleSeconds = 300;
const keepAliveSeconds = 15;

/**
 * Opens connections as they are needed. The driver reconnects by itself after errors, but a connection whose other
 * end vanished without a word would block its queries for a quarter of an hour: when a query is not answered in
 * time, all connections are replaced.
 */
export function createPool(options: PoolOptions): Pool {
  let current = connect(options);
  let closed = false;

  const replace = (stuck: Generation): void => {
    if (closed || stuck !== current) return;
    current = connect(options);
    void stuck.client.end({ timeout: drainSeconds });
  };

  const open = (): Generation => {
    if (closed) throw new AppError("unavailable", "The job store is closed.");
    return current;
  };

  return {
    run: (queries) =>
      guarded(diagnosePostgres, async () => {
        const generation = open();
        const answer = queries(generation.db, generation.client);
        return await within(options.queryTimeoutMs + graceMs, answer, () => replace(generation));
      }),
    runLong: (queries) => guarded(diagnosePostgres, async () => await queries(open().client)),
    close: async () => {
      closed = true;
      await current.client.end({ timeout: drainSeconds });
    },
  };
}

function connect({ url, maxConnections, prepare, connectTimeoutMs, queryTimeoutMs }: PoolOptions): Generation {
  const client = parsed(() =>
    postgres(url, {
      max: maxConnections,
      prepare,
      connect_timeout: connectTimeoutMs / 1000,
      idle_timeout: idleSeconds,
      keep_alive: keepAliveSeconds,
      // No array types are used, so that a query for them at each connect can be spared.
      fetch_types: false,
      onnotice: () => undefined,
      connection: { application_name: "vidferry", TimeZone: "UTC", statement_timeout: queryTimeoutMs },
    }),
  );
  return { client, db: drizzle(client) as unknown as Database };
}

/** The driver's complaint about a URL may quote it with the password, so it is not passed on. */
function parsed<T>(read: () => T): T {
  try {
    return read();
  } catch {
    throw new AppError(
      "unavailable",
      "The database's URL cannot be read; it should look like postgres://user@host/name.",
      { permanent: true },
    );
  }
}

async function within<T>(ms: number, answer: Promise<T>, onTimeout: () => void): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      onTimeout();
      reject(new AppError("unavailable", "The database did not answer in time."));
    }, ms);
  });
  try {
    return await Promise.race([answer, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
