import { and, desc, eq, isNull } from "drizzle-orm";
import type { Keys } from "../../../accounts/keys.ts";
import { storableText } from "../../../jobs/rules/storable.ts";
import type { OpenConnection } from "./connection.ts";

/** The keys over SQL: one implementation for both dialects. */
export function createSqlKeys(open: OpenConnection): Keys {
  return {
    insert: async (key) => {
      const { schema, write } = await open();
      const row = { ...key, name: storableText(key.name), owner: storableText(key.owner) };
      await write((db) => db.insert(schema.apiKeys).values(row).returning({ id: schema.apiKeys.id }));
    },
    findByHash: async (hash) => {
      const { schema, read } = await open();
      const { apiKeys } = schema;
      const rows = await read((db) =>
        db
          .select()
          .from(apiKeys)
          .where(and(eq(apiKeys.hash, hash), isNull(apiKeys.revokedAt))),
      );
      return rows[0] ?? null;
    },
    list: async () => {
      const { schema, read } = await open();
      const { apiKeys } = schema;
      return await read((db) => db.select().from(apiKeys).orderBy(desc(apiKeys.createdAt), desc(apiKeys.id)));
    },
    revoke: async (id) => {
      const { schema, time, write } = await open();
      const { apiKeys } = schema;
      const rows = await write((db) =>
        db
          .update(apiKeys)
          .set({ revokedAt: time.now() })
          .where(and(eq(apiKeys.id, id), isNull(apiKeys.revokedAt)))
          .returning({ id: apiKeys.id }),
      );
      return rows.length > 0;
    },
  };
}
