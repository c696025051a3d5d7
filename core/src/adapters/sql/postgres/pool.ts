import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { drizzle, type PostgresJsDatabase } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import { AppError } from "../../../errors/app-error.ts";
import { createSemaphore, type Semaphore } from "../../system/semaphore.ts";
import { within } from "../../system/within.ts";
import { driverError, withDatabaseErrors } from "../shared/database-error.ts";
import { brokeConnection, diagnosePostgres, isReadOnlyServer, isRefusedSetting, wroteNothing } from "./errors.ts";

/** Options of {@link createPool}. */
export interface PoolOptions {
  readonly url: string;
  readonly maxConnections: number;
  readonly connectTimeoutMs: number;
  readonly queryTimeoutMs: number;
}

/** The query builder and executor. */
export type PostgresDatabase = PostgresJsDatabase;

type Queries<T> = (db: PostgresDatabase) => Promise<T>;

/** Connections to a server that tolerate its outages. Queries may be retried where nothing was written. */
export interface Pool {
  /**
   * Runs queries, within the time limit. Rejects with an AppError.
   * @param client gets a bounded share of the connections, so that its slow queries delay only its own
   */
  run<T>(queries: Queries<T>, client?: string): Promise<T>;
  /** Runs queries atomically, within the time limit. */
  transaction<T>(queries: Queries<T>): Promise<T>;
  /** Runs queries without a time limit on this side, for what may take long. */
  runLong<T>(queries: Queries<T>): Promise<T>;
  /** Waits briefly for running queries, then closes all connections. */
  close(): Promise<void>;
}

interface Connection {
  readonly client: postgres.Sql;
  readonly db: PostgresDatabase;
}

/** Where `statement_timeout` is set: once per connection, or in each transaction behind a pooler, which shares connections. */
type LimitedBy = "connection" | "transaction";

// How long closing waits for running queries, in seconds.
const drainSeconds = 5;
// The server cancels a slow query itself; when no answer arrives within this additional time, the connection is dead. Callers
// must learn this early enough to extend their leases on another connection.
const graceMs = (queryTimeoutMs: number): number => Math.min(2_000, queryTimeoutMs / 2);
const idleSeconds = 300;
const keepAliveSeconds = 15;
/** The server ends a transaction whose client is silent for this long: of a host that vanished without a FIN it would keep the locks. */
export const abandonedSetting = "idle_in_transaction_session_timeout";
const abandonedMs = 10_000;
/** Of several transactions in each other's way one is let through at a time, and which one is chance. */
const tries = 7;
const pauseMs = 50;
/** Fraction of the connections that one client may use. */
const share = 1 / 4;

/**
 * Opens connections as they are needed, and gives each to one caller at a time: a query waits for a free connection,
 * never behind another query that may be slow. A broken connection is discarded, and so is one that does not answer in
 * time: its peer may be gone without a FIN, which would block its queries for a quarter of an hour. The
 * driver would reconnect by itself, but a query that it takes while a socket closes is never answered.
 */
export function createPool(options: PoolOptions): Pool {
  const { maxConnections, queryTimeoutMs } = options;
  const connections = createSemaphore(maxConnections);
  const shares = new Map<string, Semaphore>();
  const all = new Set<Connection>();
  // Last in, first out: the most recently used is the least likely to be dead, and the others can close when idle.
  const idle: Connection[] = [];
  let learning: Promise<LimitedBy> | null = null;
  let closed = false;

  const open = (limitedBy: LimitedBy): Connection => {
    const connection = connect(options, limitedBy, () => {
      const place = idle.indexOf(connection);
      if (place >= 0) idle.splice(place, 1);
      giveUp(connection);
    });
    all.add(connection);
    return connection;
  };

  const giveUp = (connection: Connection): void => {
    all.delete(connection);
    void connection.client.end({ timeout: 0 });
  };

  /** Runs on a connection exclusively, and returns it to the pool unless it is broken. */
  const runOn = async <T>(connection: Connection, timeoutMs: number | null, run: () => Promise<T>): Promise<T> => {
    let isLost = false;
    try {
      if (timeoutMs === null) return await run();
      return await within(timeoutMs + graceMs(timeoutMs), run(), () => {
        isLost = true;
        return new AppError("unavailable", "The database did not answer in time.");
      });
    } catch (thrown) {
      if (brokeConnection(driverError(thrown))) isLost = true;
      if (isReadOnlyServer(driverError(thrown))) {
        // After a failover these are connected to the former primary; a new connection reaches its successor.
        isLost = true;
        for (const other of idle.splice(0)) giveUp(other);
      }
      throw thrown;
    } finally {
      if (isLost || closed) giveUp(connection);
      else idle.push(connection);
    }
  };

  // Opened now so that an invalid URL is reported early; it is the first to be used.
  idle.push(open("connection"));

  const learn = async (): Promise<LimitedBy> => {
    const connection = idle.pop() ?? open("connection");
    const read = sql`select setting as ms from pg_settings where name = 'statement_timeout'`;
    const ask = async (): Promise<LimitedBy> => {
      const rows = await connection.db.execute<{ ms: string }>(read);
      return Number(rows[0]?.ms) === queryTimeoutMs ? "connection" : "transaction";
    };
    const limitedBy = await runOn(connection, queryTimeoutMs, ask).catch((thrown: unknown): LimitedBy => {
      if (isRefusedSetting(driverError(thrown))) return "transaction";
      throw thrown;
    });
    // These were opened with the setting, which a pooler does not keep.
    if (limitedBy === "transaction") for (const other of idle.splice(0)) giveUp(other);
    return limitedBy;
  };

  const learned = (): Promise<LimitedBy> => {
    if (learning === null) {
      const attempt = learn();
      learning = attempt;
      // Not cached: the server may answer the next time.
      attempt.catch(() => {
        if (learning === attempt) learning = null;
      });
    }
    return learning;
  };

  const once = async <T>(queries: Queries<T>, kind: "single" | "transaction" | "long"): Promise<T> => {
    const limitedBy = await learned();
    const release = await inTime(connections, "All connections to the database are in use.");
    try {
      refuseClosed();
      const connection = idle.pop() ?? open(limitedBy);
      if (kind === "long") return await runOn(connection, null, () => queries(connection.db));
      return await runOn(connection, queryTimeoutMs, () => {
        if (kind === "single" && limitedBy === "connection") return queries(connection.db);
        return connection.db.transaction(async (transaction) => {
          if (limitedBy === "transaction") {
            await transaction.execute(
              sql`select set_config('statement_timeout', ${String(queryTimeoutMs)}, true), set_config(${abandonedSetting}, ${String(abandonedMs)}, true)`,
            );
          }
          return await queries(transaction).catch(untilClosed);
        });
      });
    } finally {
      release();
    }
  };

  const run = <T>(queries: Queries<T>, kind: "single" | "transaction" | "long"): Promise<T> =>
    withDatabaseErrors(diagnosePostgres, async () => {
      for (let attempt = 1; ; attempt += 1) {
        refuseClosed();
        try {
          return await once(queries, kind);
        } catch (thrown) {
          if (attempt === tries || !wroteNothing(driverError(thrown))) throw thrown;
        }
        // With jitter, so that it does not collide with the same transaction again.
        await sleep(pauseMs * attempt * (1 + Math.random()));
      }
    });

  const inTurn = async <T>(client: string, task: () => Promise<T>): Promise<T> => {
    const own = shares.get(client) ?? createSemaphore(Math.max(1, Math.floor(maxConnections * share)));
    shares.set(client, own);
    try {
      const release = await inTime(own, "Too many of your queries wait for the database.");
      try {
        return await task();
      } finally {
        release();
      }
    } finally {
      if (own.size === 0) shares.delete(client);
    }
  };

  /** Waits for a permit, for as long as a query may take. */
  const inTime = async (semaphore: Semaphore, tooLate: string): Promise<() => void> => {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(busy(tooLate)), queryTimeoutMs);
    try {
      return await semaphore.acquire(late.signal);
    } finally {
      clearTimeout(timer);
    }
  };

  const refuseClosed = (): void => {
    if (closed) throw new AppError("unavailable", "The job store is closed.");
  };

  return {
    run: (queries, client) =>
      client === undefined ? run(queries, "single") : inTurn(client, () => run(queries, "single")),
    transaction: (queries) => run(queries, "transaction"),
    runLong: (queries) => run(queries, "long"),
    close: async () => {
      closed = true;
      await Promise.all([...all].map(({ client }) => client.end({ timeout: drainSeconds })));
    },
  };
}

/**
 * The driver rolls a transaction back when it fails. On a connection that broke it would write to a socket that is gone, which throws
 * where nobody can catch it; such a transaction is left to the close event, which rejects it.
 */
async function untilClosed(thrown: unknown): Promise<never> {
  if (brokeConnection(driverError(thrown))) return await new Promise<never>(() => undefined);
  throw thrown;
}

/**
 * @param onClose called when its socket has closed. It must not be used after that: the rest of a transaction that the server has
 *   ended would be written to a socket that is gone, which throws where nobody can catch it.
 */
function connect(
  { url, connectTimeoutMs, queryTimeoutMs }: PoolOptions,
  limitedBy: LimitedBy,
  onClose: () => void,
): Connection {
  const client = parsed(() =>
    postgres(url, {
      max: 1,
      // Prepared statements belong to one server connection, and poolers switch connections between transactions.
      prepare: false,
      connect_timeout: connectTimeoutMs / 1000,
      idle_timeout: idleSeconds,
      keep_alive: keepAliveSeconds,
      // No array types are used; this saves a query at each connect.
      fetch_types: false,
      onnotice: () => undefined,
      onclose: onClose,
      connection: {
        application_name: "vidferry",
        TimeZone: "UTC",
        ...(limitedBy === "connection" && { statement_timeout: queryTimeoutMs, [abandonedSetting]: abandonedMs }),
      },
    }),
  );
  return { client, db: drizzle(client) };
}

const busy = (detail: string): AppError => new AppError("unavailable", detail, { hint: "Try again in a few seconds." });

/** The driver's error about a URL may contain the password, so it is not passed on. */
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
