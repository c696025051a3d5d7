import { and, eq, inArray, lte, ne } from "drizzle-orm";
import type { SlotKind, SlotRow, Slots } from "../../../accounts/slots.ts";
import { storableText } from "../../../jobs/rules/storable.ts";
import { heldSlots, lockAccount } from "./account-usage.ts";
import type { OpenConnection, QueryBuilder, SqlConnection } from "./connection.ts";

const kinds: readonly SlotKind[] = ["probes", "streams"];

/** The slots over SQL: one implementation for both dialects. */
export function createSqlSlots(open: OpenConnection): Slots {
  const rowOf = ({ owner, kind }: SlotRow): SlotRow => ({ owner: storableText(owner), kind });
  return {
    take: async (given, holder, held, leaseMs) => {
      const connection = await open();
      const row = rowOf(given);
      return await connection.transaction(async (db) => {
        // Of several processes that take the last one, each waits for the account and sees what the one before took.
        const account = await lockAccount(db, connection, row.owner);
        const allowed = account?.limits[row.kind] ?? null;
        if (allowed !== null) {
          const { accountSlots } = connection.schema;
          const used = held + (await heldSlots(db, connection, row, ne(accountSlots.holder, holder)));
          if (used >= allowed) return { limit: row.kind, used, allowed, renewsAt: null };
        }
        await put(db, connection, row, holder, held + 1, leaseMs);
        return null;
      });
    },

    put: async (given, holder, held, leaseMs) => {
      const connection = await open();
      await connection.write((db) => put(db, connection, rowOf(given), holder, held, leaseMs));
    },

    renew: async (owners, holder, leaseMs) => {
      const { schema, time, write } = await open();
      const { accountSlots } = schema;
      return await write((db) =>
        db
          .update(accountSlots)
          .set({ leaseUntil: time.plus(time.now(), leaseMs) })
          .where(
            and(
              // The columns of the primary key, in its order.
              inArray(accountSlots.owner, owners.map(storableText)),
              inArray(accountSlots.kind, [...kinds]),
              eq(accountSlots.holder, holder),
            ),
          )
          .returning({ owner: accountSlots.owner, kind: accountSlots.kind }),
      );
    },

    removeExpired: async () => {
      const { schema, time, write } = await open();
      const { accountSlots } = schema;
      // It has a row only for what runs now.
      const removed = await write((db) =>
        db
          .delete(accountSlots)
          .where(lte(accountSlots.leaseUntil, time.now()))
          .returning({ owner: accountSlots.owner }),
      );
      return removed.length;
    },
  };
}

async function put(
  db: QueryBuilder,
  { schema: { accountSlots }, time }: SqlConnection,
  row: SlotRow,
  holder: string,
  held: number,
  leaseMs: number,
): Promise<void> {
  const { owner, kind } = accountSlots;
  if (held === 0) {
    const own = and(eq(owner, row.owner), eq(kind, row.kind), eq(accountSlots.holder, holder));
    await db.delete(accountSlots).where(own).returning({ owner });
    return;
  }
  const leaseUntil = time.plus(time.now(), leaseMs);
  await db
    .insert(accountSlots)
    .values({ ...row, holder, held, leaseUntil })
    .onConflictDoUpdate({ target: [owner, kind, accountSlots.holder], set: { held, leaseUntil } })
    .returning({ owner });
}
