import { Database } from "bun:sqlite";
import { cacheStatements, type OpenSqlite, type SqliteValue } from "./driver.ts";

/** Opens SQLite with `bun:sqlite`. */
export const openSqlite: OpenSqlite = (path) => {
  const database = new Database(path, { create: true, readwrite: true });
  const statements = cacheStatements(
    (sql) => database.prepare<unknown, SqliteValue[]>(sql),
    (statement) => statement.finalize(),
  );
  return {
    rows: (sql, params) => statements.get(sql).values(...params) as SqliteValue[][],
    exec: (sql) => {
      database.run(sql);
    },
    close: () => {
      statements.clear();
      database.close();
    },
  };
};
