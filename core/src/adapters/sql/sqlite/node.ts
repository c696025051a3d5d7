import { DatabaseSync, type StatementSync } from "node:sqlite";
import { cacheStatements, type OpenSqlite, type SqliteValue } from "./driver.ts";

/** Older versions of `node:sqlite` cannot return rows as arrays. */
type ArrayStatement = StatementSync & { setReturnArrays?: (enabled: boolean) => void };

/** Opens SQLite with `node:sqlite`: Node from 22, and Deno. */
export const openSqlite: OpenSqlite = (path) => {
  const database = new DatabaseSync(path);
  const statements = cacheStatements(
    (sql) => {
      const statement: ArrayStatement = database.prepare(sql);
      statement.setReturnArrays?.(true);
      return statement;
    },
    () => undefined,
  );
  return {
    rows: (sql, params) =>
      // Column names are unique within our queries, so objects keep all values in their order.
      statements
        .get(sql)
        .all(...params)
        .map((row) => (Array.isArray(row) ? row : Object.values(row)) as SqliteValue[]),
    exec: (sql) => database.exec(sql),
    close: () => {
      statements.clear();
      database.close();
    },
  };
};
