/** A parameter or a value of a column. */
export type SqliteValue = string | number | bigint | null | Uint8Array;

/** An open connection, the same over `bun:sqlite` and `node:sqlite`. Calls are synchronous, as in both. */
export interface SqliteDriver {
  /** Runs a statement and returns its rows as arrays, columns in the order of the select. */
  rows(sql: string, params: readonly SqliteValue[]): SqliteValue[][];
  /** Runs statements without parameters and results. */
  exec(sql: string): void;
  close(): void;
}

/** Opens a file, or `:memory:`. */
export type OpenSqlite = (path: string) => SqliteDriver;

// Enough for every statement of the repositories in its variants; each takes a few kilobytes.
const cachedStatements = 256;

/** An LRU cache of prepared statements by their text. */
export function cacheStatements<S>(prepare: (sql: string) => S, finalize: (statement: S) => void) {
  const statements = new Map<string, S>();
  return {
    get(sql: string): S {
      const known = statements.get(sql);
      const statement = known ?? prepare(sql);
      statements.delete(sql);
      statements.set(sql, statement);
      const oldest = statements.size > cachedStatements ? statements.entries().next().value : undefined;
      if (oldest) {
        statements.delete(oldest[0]);
        finalize(oldest[1]);
      }
      return statement;
    },
    clear(): void {
      for (const statement of statements.values()) finalize(statement);
      statements.clear();
    },
  };
}
