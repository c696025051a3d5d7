import { and, asc, eq, gt, inArray, lte } from "drizzle-orm";
import type { Tickets } from "../../../accounts/tickets.ts";
import { storableText } from "../../../jobs/rules/storable.ts";
import type { OpenConnection } from "./connection.ts";

/** The tickets over SQL: one implementation for both dialects. */
export function createSqlTickets(open: OpenConnection): Tickets {
  return {
    insert: async (hash, { owner, ...grant }, validMs) => {
      const { schema, time, write } = await open();
      const expiresAt = time.plus(time.now(), validMs);
      const row = { ...grant, hash, owner: storableText(owner), expiresAt };
      const [written] = await write((db) =>
        db.insert(schema.tickets).values(row).returning({ expiresAt: schema.tickets.expiresAt }),
      );
      return (written as NonNullable<typeof written>).expiresAt;
    },

    take: async (hash) => {
      const { schema, time, write } = await open();
      const { tickets } = schema;
      const { owner, scopes, keyId, secretHash } = tickets;
      const [taken] = await write((db) =>
        db
          .delete(tickets)
          .where(and(eq(tickets.hash, hash), gt(tickets.expiresAt, time.now())))
          .returning({ owner, scopes, keyId, secretHash }),
      );
      return taken ?? null;
    },

    removeExpired: async (limit) => {
      const { schema, time, write } = await open();
      const { tickets } = schema;
      const removed = await write((db) => {
        const expired = db
          .select({ hash: tickets.hash })
          .from(tickets)
          .where(lte(tickets.expiresAt, time.now()))
          .orderBy(asc(tickets.expiresAt))
          .limit(limit);
        return db.delete(tickets).where(inArray(tickets.hash, expired)).returning({ hash: tickets.hash });
      });
      return removed.length;
    },
  };
}
