import { customType, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { storableJson } from "../../../jobs/rules/storable.ts";
import type { ColumnKit } from "../shared/column-kit.ts";

const json = <T>(name: string) =>
  customType<{ data: T; driverData: string }>({
    dataType: () => "text",
    toDriver: storableJson,
    fromDriver: (value) => JSON.parse(value) as T,
  })(name);

/** Column types of SQLite: times are milliseconds since 1970, JSON is text. */
// The two dialects have unrelated types for the same shape, hence the cast.
export const sqliteKit = {
  table: sqliteTable,
  index,
  uniqueIndex,
  primaryKey,
  text: (name: string) => text(name),
  integer: (name: string) => integer(name),
  bytes: (name: string) => integer(name),
  time: (name: string) => integer(name, { mode: "timestamp_ms" }),
  json,
} as unknown as ColumnKit;
