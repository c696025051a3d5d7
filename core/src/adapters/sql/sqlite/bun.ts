import type { Database } from "bun:sqlite";
import { cacheStatements, type OpenSqlite, type SqliteValue } from "./driver.ts";

/** Opens SQLite with `bun:sqlite`. */
export const openSqlite: OpenSqlite = (path) => {
  // Not imported: bundlers for Node find no such module, and take this file along.
  const builtIn = process.getBuiltinModule("bun:sqlite") as unknown as { readonly Database: typeof Database };
  const database = new builtIn.Database(path, { create: true, readwrite: true });
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
