import { DatabaseSync, type StatementSync } from "node:sqlite";
import { cacheStatements, type OpenSqlite, type SqliteValue } from "./driver.ts";

/** Rows as arrays came to `node:sqlite` later than the module itself. */
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
      // The names of the store's columns differ within a query, so that an object loses none and keeps their order.
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
