import { asc, count, eq, gt, inArray, lte, not, type SQL, sql } from "drizzle-orm";
import type { Blobs } from "../../../library/blobs.ts";
import type { OpenConnection, SqlConnection } from "./connection.ts";
import { inParts } from "./in-parts.ts";

/** The blobs over SQL: one implementation for both dialects. */
export function createSqlBlobs(open: OpenConnection): Blobs {
  return {
    known: async (keys) => {
      if (keys.length === 0) return new Set();
      const { schema, read } = await open();
      const { blobs } = schema;
      const rows = await read((db) =>
        db
          .select({ key: blobs.key })
          .from(blobs)
          .where(inArray(blobs.key, [...keys])),
      );
      return new Set(rows.map(({ key }) => key));
    },

    storedBytes: async () => {
      const { schema, read } = await open();
      const { blobs } = schema;
      const bytes = sql<number>`coalesce(sum(${blobs.bytes}), 0)`.mapWith(Number);
      const [row] = await read((db) => db.select({ bytes }).from(blobs));
      return row?.bytes ?? 0;
    },

    references: async (key) => {
      const { schema, read } = await open();
      const { artifacts } = schema;
      const [row] = await read((db) => db.select({ count: count() }).from(artifacts).where(eq(artifacts.blobKey, key)));
      return Number(row?.count ?? 0);
    },

    release: async (keys) => {
      if (keys.length === 0) return [];
      const connection = await open();
      const { blobs } = connection.schema;
      // Locked in a fixed order, so that two transactions cannot deadlock.
      const parts = inParts([...keys].sort());
      return await connection.transaction(async (db) => {
        const released: string[] = [];
        for (const part of parts) {
          // A job that is about to reference one holds it until it does, and is seen by the statement after that.
          const held = db
            .select({ key: blobs.key })
            .from(blobs)
            .where(inArray(blobs.key, [...part]));
          await connection.lock(held.orderBy(asc(blobs.key)), "wait");
          const wanted = sql`${inArray(blobs.key, [...part])} and ${unreferenced(connection)}`;
          const rows = await db.delete(blobs).where(wanted).returning({ key: blobs.key });
          released.push(...rows.map(({ key }) => key));
        }
        return released;
      });
    },

    count: async () => {
      const { schema, read } = await open();
      const [row] = await read((db) => db.select({ count: count() }).from(schema.blobs));
      return Number(row?.count ?? 0);
    },

    list: async (after, limit) => {
      const { schema, read } = await open();
      const { key, bytes, sha256 } = schema.blobs;
      return await read((db) =>
        db
          .select({ key, bytes, sha256 })
          .from(schema.blobs)
          .where(after === null ? undefined : gt(key, after))
          .orderBy(asc(key))
          .limit(limit),
      );
    },

    listUnreferenced: async (limit, olderThanMs) => {
      const connection = await open();
      const { blobs } = connection.schema;
      const { time } = connection;
      const isOld = lte(blobs.createdAt, time.plus(time.now(), -olderThanMs));
      const rows = await connection.read((db) =>
        db
          .select({ key: blobs.key })
          .from(blobs)
          .where(sql`${isOld} and ${unreferenced(connection)}`)
          .orderBy(asc(blobs.key))
          .limit(limit),
      );
      return rows.map(({ key }) => key);
    },
  };
}

/** The condition that no artifact references a blob. */
function unreferenced({ schema: { artifacts, blobs } }: SqlConnection): SQL {
  return not(sql`exists (select 1 from ${artifacts} where ${artifacts.blobKey} = ${blobs.key})`);
}
