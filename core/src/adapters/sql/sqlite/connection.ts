import { type SQL, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/sqlite-proxy";
import type { Clock } from "../../../runtime/clock.ts";
import type { ListedRows, QueryBuilder, SqlConnection, SqlTime } from "../shared/connection.ts";
import { withDatabaseErrors } from "../shared/database-error.ts";
import type { SqliteDriver, SqliteValue } from "./driver.ts";
import { diagnoseSqlite } from "./errors.ts";
import * as schema from "./schema.ts";
import { searchCandidates } from "./search.ts";
import type { TaskQueue } from "./task-queue.ts";

/**
 * The connection of the repositories over SQLite: one writer with serialised transactions, and a separate reader.
 *
 * Two writing connections in one thread would deadlock, since waiting blocks the thread, so there is only one; and a
 * transaction stays open over several turns of the event loop, so nothing else may use the writer in the meantime.
 * An in-memory database has one connection for both.
 */
export function createSqliteConnection(
  writer: SqliteDriver,
  reader: SqliteDriver,
  writes: TaskQueue,
  clock: Clock,
): SqlConnection {
  const writing = database(writer);
  const reading = reader === writer ? writing : database(reader);
  const inTurn = <T>(task: () => Promise<T>): Promise<T> => withDatabaseErrors(diagnoseSqlite, () => writes.run(task));
  return {
    schema,
    time: sqliteTime(clock),
    searchCandidates,
    listed,
    lock: (select) => select,
    endsWhenSilent: () => sql`null`,
    together: async (db, first, run) => {
      await first;
      return await run(db);
    },
    read: (run) =>
      reader === writer ? inTurn(() => run(reading)) : withDatabaseErrors(diagnoseSqlite, () => run(reading)),
    write: (run) => inTurn(() => run(writing)),
    transaction: (run) =>
      inTurn(async () => {
        writer.exec("begin immediate");
        try {
          const result = await run(writing);
          writer.exec("commit");
          return result;
        } catch (error) {
          rollBack(writer);
          throw error;
        }
      }),
  };
}

/** Rolls back a failed transaction. */
export function rollBack(driver: SqliteDriver): void {
  try {
    driver.exec("rollback");
  } catch {
    // Some errors (a full disk) have ended the transaction already; the first error is the one to report.
  }
}

function database(driver: SqliteDriver): QueryBuilder {
  const db = drizzle(async (text, params) => ({ rows: driver.rows(text, params as SqliteValue[]) }));
  // The query builders of the two dialects have the same methods under unrelated types.
  return db as unknown as QueryBuilder;
}

function listed(list: string): ListedRows {
  const field = (name: string): SQL => sql.raw(`json_extract(item.value, '$.${name}')`);
  return { from: sql`json_each(${list}) as item`, text: field, integer: field, json: field, timestamp: field };
}

function sqliteTime(clock: Clock): SqlTime {
  return {
    now: () => sql`${clock.now().getTime()}`,
    plus: (timestamp, ms) => sql`(${timestamp} + ${ms})`,
    at: (timestamp) => sql`${timestamp?.getTime() ?? null}`,
  };
}
