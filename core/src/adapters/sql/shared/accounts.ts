import { eq, sql } from "drizzle-orm";
import type { Accounts } from "../../../accounts/accounts.ts";
import { noLimits } from "../../../accounts/limits.ts";
import { storableText } from "../../../jobs/rules/storable.ts";
import { type AccountRow, toAccount } from "./account-row.ts";
import { usageOf } from "./account-usage.ts";
import type { OpenConnection } from "./connection.ts";
import { eraseOwner } from "./erase-owner.ts";

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
      return toAccount(row as AccountRow);
    },

    erase: (name, limit) => eraseOwner(open, storableText(name), limit),

    usage: async (name) => {
      const connection = await open();
      const owner = storableText(name);
      return await connection.read(async (db) => await usageOf(db, connection, owner));
    },
  };
}
