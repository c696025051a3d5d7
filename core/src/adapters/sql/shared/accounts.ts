import { eq, sql } from "drizzle-orm";
import type { Account, Accounts } from "../../../accounts/accounts.ts";
import { noLimits } from "../../../accounts/limits.ts";
import { storableText } from "../../../jobs/rules/storable.ts";
import { usageOf } from "./account-usage.ts";
import type { OpenConnection } from "./connection.ts";
import type { Schema } from "./schema.ts";

/** The accounts over SQL: one implementation for both dialects. */
export function createSqlAccounts(open: OpenConnection): Accounts {
  return {
    get: async (owner) => {
      const { schema, read } = await open();
      const { accounts } = schema;
      const [row] = await read((db) =>
        db
          .select()
          .from(accounts)
          .where(eq(accounts.owner, storableText(owner))),
      );
      return row === undefined ? null : toAccount(row);
    },
    limit: async (owner, limits) => {
      const { schema, time, write } = await open();
      const { accounts } = schema;
      const now = sql`${time.now()}`;
      const [row] = await write((db) =>
        db
          .insert(accounts)
          .values({ owner: storableText(owner), ...noLimits, ...limits, createdAt: now, updatedAt: now })
          .onConflictDoUpdate({ target: accounts.owner, set: { ...limits, updatedAt: now } })
          .returning(),
      );
      return toAccount(row as Row);
    },

    usage: async (name) => {
      const connection = await open();
      const owner = storableText(name);
      return await connection.read(async (db) => await usageOf(db, connection, owner));
    },
  };
}

type Row = Schema["accounts"]["$inferSelect"];

export const toAccount = ({ owner, createdAt, updatedAt, ...limits }: Row): Account => ({
  owner,
  limits,
  createdAt,
  updatedAt,
});
