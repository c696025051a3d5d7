import { and, asc, eq, gt, inArray, lte } from "drizzle-orm";
import type { Tickets } from "../../../accounts/tickets.ts";
import { storableText } from "../../../jobs/rules/storable.ts";
import type { OpenConnection, QueryBuilder, SqlConnection } from "./connection.ts";

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
      const connection = await open();
      const [taken] = await connection.write((db) => takeTicket(db, connection, hash));
      return taken ?? null;
    },

    removeExpired: async (limit) => {
      const connection = await open();
      return (await connection.write((db) => removeExpiredTickets(db, connection, limit))).length;
    },
  };
}

/** Takes the ticket of this hash away, if it is still valid. */
export function takeTicket(db: QueryBuilder, { schema: { tickets }, time }: SqlConnection, hash: string) {
  const { owner, scopes, keyId, secretHash } = tickets;
  return db
    .delete(tickets)
    .where(and(eq(tickets.hash, hash), gt(tickets.expiresAt, time.now())))
    .returning({ owner, scopes, keyId, secretHash });
}

/** Removes tickets that nobody took. */
export function removeExpiredTickets(db: QueryBuilder, { schema: { tickets }, time }: SqlConnection, limit: number) {
  const expired = db
    .select({ hash: tickets.hash })
    .from(tickets)
    .where(lte(tickets.expiresAt, time.now()))
    .orderBy(asc(tickets.expiresAt))
    .limit(limit);
  return db.delete(tickets).where(inArray(tickets.hash, expired)).returning({ hash: tickets.hash });
}
