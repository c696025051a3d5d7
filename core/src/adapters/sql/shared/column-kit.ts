import {
  bigint,
  customType,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import { storableJson } from "../../../jobs/rules/storable.ts";

const json = <T>(name: string) =>
  customType<{ data: T; driverData: unknown }>({
    dataType: () => "jsonb",
    toDriver: storableJson,
    // The driver has parsed it already, unless it was told not to.
    fromDriver: (value) => (typeof value === "string" ? JSON.parse(value) : value) as T,
  })(name);

/** How columns are written for PostgreSQL. These types are the canonical ones: SQLite's kit has the same shape. */
export const postgresKit = {
  table: pgTable,
  index,
  uniqueIndex,
  primaryKey,
  text: (name: string) => text(name),
  integer: (name: string) => integer(name),
  /** A size in bytes: more than 32 bits hold. */
  bytes: (name: string) => bigint(name, { mode: "number" }),
  /** A timestamp, to the millisecond: what a Date can hold, so that a cursor finds its row again. */
  time: (name: string) => timestamp(name, { withTimezone: true, precision: 3, mode: "date" }),
  json,
};

/** The column helpers that a schema is made with. */
export type ColumnKit = typeof postgresKit;
