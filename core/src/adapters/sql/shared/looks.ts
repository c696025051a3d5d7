import { and, asc, desc, eq, gt, lte, type SQL, sql } from "drizzle-orm";
import type { KeptLooks } from "../../../egress/kept-looks.ts";
import { storableText } from "../../../jobs/rules/storable.ts";
import type { OpenConnection } from "./connection.ts";
import type { Schema } from "./schema.ts";

/** What was found at links lately, over SQL: one implementation for both dialects. */
export function createSqlLooks(open: OpenConnection): KeptLooks {
  return {
    put: async ({ keptForMs, ...look }) => {
      const { schema, time, write } = await open();
      const { looks } = schema;
      const times = { madeAt: time.now(), keptUntil: time.plus(time.now(), keptForMs) };
      const { sealed, owner, egress } = { ...look, owner: storableText(look.owner), egress: storableText(look.egress) };
      await write((db) =>
        db
          .insert(looks)
          .values({ ...look, owner, egress, ...times })
          .onConflictDoUpdate({ target: [looks.key, looks.shelf], set: { sealed, egress, ...times } })
          .returning({ key: looks.key }),
      );
    },

    get: async (key, shelf) => {
      const { schema, time, read } = await open();
      const { looks } = schema;
      const [row] = await read((db) =>
        db
          .select({ sealed: looks.sealed })
          .from(looks)
          .where(and(isAt(schema, key, shelf), gt(looks.keptUntil, time.now()))),
      );
      return row?.sealed ?? null;
    },

    egressesOf: async (key) => {
      const { schema, time, read } = await open();
      const { looks } = schema;
      const rows = await read((db) =>
        db
          .select({ egress: looks.egress })
          .from(looks)
          .where(and(eq(looks.key, key), gt(looks.keptUntil, time.now())))
          .orderBy(desc(looks.madeAt)),
      );
      return [...new Set(rows.map(({ egress }) => egress))];
    },

    removeOld: async (most, limit) => {
      const { schema, time, read, write } = await open();
      const { looks } = schema;
      // The newest of those that are too many; null: they are not.
      const [over] = await read((db) =>
        db.select({ madeAt: looks.madeAt }).from(looks).orderBy(desc(looks.madeAt)).offset(most).limit(1),
      );
      const isOld = lte(looks.keptUntil, time.now());
      const isOver = over === undefined ? undefined : lte(looks.madeAt, over.madeAt);
      const removed = await write((db) => {
        const part = db
          .select({ key: looks.key, shelf: looks.shelf })
          .from(looks)
          .where(isOver === undefined ? isOld : sql`(${isOld} or ${isOver})`)
          .orderBy(asc(looks.madeAt))
          .limit(limit);
        return db.delete(looks).where(sql`(${looks.key}, ${looks.shelf}) in ${part}`).returning({ key: looks.key });
      });
      return removed.length;
    },
  };
}

function isAt({ looks }: Schema, key: string, shelf: string): SQL | undefined {
  return and(eq(looks.key, key), eq(looks.shelf, shelf));
}
