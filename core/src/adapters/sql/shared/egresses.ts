import { and, asc, eq, isNotNull, type SQL, sql } from "drizzle-orm";
import { freshCondition } from "../../../egress/condition.ts";
import { type Egress, mostEgresses, nameTaken, tooManyEgresses } from "../../../egress/egress.ts";
import type { EgressPatch, StoredEgresses } from "../../../egress/stored-egresses.ts";
import { storableText, storedCopy } from "../../../jobs/rules/storable.ts";
import type { OpenConnection } from "./connection.ts";
import type { Schema } from "./schema.ts";

type EgressRow = Schema["egresses"]["$inferSelect"];

/** The egresses over SQL: one implementation for both dialects. */
export function createSqlEgresses(open: OpenConnection): StoredEgresses {
  return {
    read: async () => {
      const { schema, time, read } = await open();
      const { egresses, deployment } = schema;
      const now = () => sql`${time.now()}`.mapWith(egresses.createdAt);
      const rows = await read((db) =>
        db.select({ row: egresses, now: now() }).from(egresses).orderBy(asc(egresses.createdAt), asc(egresses.id)),
      );
      // Without rows there is no time to read: the deployment's is there for certain.
      const first = rows[0] ?? (await read((db) => db.select({ now: now() }).from(deployment).limit(1)))[0];
      return { now: first?.now ?? new Date(0), egresses: rows.map(({ row }) => toEgress(row)) };
    },

    insert: async (egress) => {
      const { schema, time, lock, transaction } = await open();
      const { egresses, deployment } = schema;
      const now = () => sql`${time.now()}`;
      const row = {
        ...{ id: egress.id, ...columnsOf(egress) },
        ...{ name: storableText(egress.name), cookiesVersion: egress.cookies === null ? 0 : 1 },
        ...{ condition: freshCondition, version: 0, createdAt: now(), updatedAt: now() },
      };
      return await transaction(async (db) => {
        // A row that is there for certain: of several that are made at once each sees those before it.
        await lock(db.select({ id: deployment.id }).from(deployment), "wait");
        const all = await db.select({ id: egresses.id }).from(egresses);
        if (all.length >= mostEgresses) throw tooManyEgresses();
        const [written] = await db
          .insert(egresses)
          .values(row as unknown as typeof egresses.$inferInsert)
          .onConflictDoNothing()
          .returning();
        if (written === undefined) throw nameTaken(egress.name);
        return toEgress(written);
      });
    },

    update: async (id, patch) => {
      const { schema, time, transaction } = await open();
      const { egresses } = schema;
      const set = { ...columnsOf(patch), ...freshCookies(patch, egresses.cookiesVersion), updatedAt: time.now() };
      return await transaction(async (db) => {
        if (patch.name !== undefined) {
          const [other] = await db
            .select({ id: egresses.id })
            .from(egresses)
            .where(eq(egresses.name, storableText(patch.name)));
          if (other !== undefined && other.id !== id) throw nameTaken(patch.name);
        }
        const [row] = await db.update(egresses).set(set).where(eq(egresses.id, id)).returning();
        return row === undefined ? null : toEgress(row);
      });
    },

    remove: async (id) => {
      const { schema, write } = await open();
      const { egresses } = schema;
      return (
        (await write((db) => db.delete(egresses).where(eq(egresses.id, id)).returning({ id: egresses.id }))).length > 0
      );
    },

    writeCondition: async (id, version, condition) => {
      const { schema, write } = await open();
      const { egresses } = schema;
      const rows = await write((db) =>
        db
          .update(egresses)
          .set({ condition: storedCopy(condition), version: version + 1 })
          .where(and(eq(egresses.id, id), eq(egresses.version, version)))
          .returning({ id: egresses.id }),
      );
      return rows.length > 0;
    },

    cookies: async (id) => {
      const { schema, read } = await open();
      const { egresses } = schema;
      const [row] = await read((db) =>
        db
          .select({ sealed: egresses.cookies, version: egresses.cookiesVersion })
          .from(egresses)
          .where(eq(egresses.id, id)),
      );
      return row === undefined || row.sealed === null ? null : { sealed: row.sealed, version: row.version };
    },

    replaceCookies: async (id, version, sealed) => {
      const { schema, write } = await open();
      const { egresses } = schema;
      const [row] = await write((db) =>
        db
          .update(egresses)
          .set({ cookies: sealed, cookiesVersion: version + 1 })
          .where(and(eq(egresses.id, id), eq(egresses.cookiesVersion, version), isNotNull(egresses.cookies)))
          .returning({ version: egresses.cookiesVersion }),
      );
      return row?.version ?? null;
    },

    markCookies: async (id, version, valid) => {
      const { schema, time, write } = await open();
      const { egresses } = schema;
      const rows = await write((db) =>
        db
          .update(egresses)
          .set({ cookiesCheckedAt: time.now(), cookiesValid: valid ? 1 : 0 })
          .where(and(eq(egresses.id, id), eq(egresses.cookiesVersion, version), isNotNull(egresses.cookies)))
          .returning({ id: egresses.id }),
      );
      return rows.length > 0;
    },
  };
}

/** Cookies that are written are others than those that were checked. */
function freshCookies({ cookies }: EgressPatch, version: { getSQL(): SQL }): object {
  if (cookies === undefined) return {};
  return { cookiesVersion: sql`${version} + 1`, cookiesCheckedAt: null, cookiesValid: null };
}

function columnsOf({ name, enabled, spacingSeconds, hosts, ...same }: EgressPatch): Partial<EgressRow> {
  return {
    ...same,
    ...(same.pool && { pool: storableText(same.pool) }),
    ...(name !== undefined && { name: storableText(name) }),
    ...(enabled !== undefined && { enabled: enabled ? 1 : 0 }),
    ...(spacingSeconds !== undefined && { spacingMs: Math.round(spacingSeconds * 1000) }),
    ...(hosts !== undefined && { hosts: storedCopy(hosts) }),
  } as Partial<EgressRow>;
}

function toEgress(row: EgressRow): Egress {
  const { id, name, pool, proxy, cookiesUse, resolvesPerHour, hosts, condition, version, createdAt, updatedAt } = row;
  return {
    ...{ id, name, pool, proxy, cookiesUse, resolvesPerHour, hosts, condition, version, createdAt, updatedAt },
    enabled: row.enabled === 1,
    spacingSeconds: row.spacingMs / 1000,
    cookies:
      row.cookies === null
        ? null
        : {
            version: row.cookiesVersion,
            checkedAt: row.cookiesCheckedAt,
            valid: row.cookiesValid === null ? null : row.cookiesValid === 1,
          },
  };
}
