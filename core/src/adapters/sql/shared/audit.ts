import { randomUUID } from "node:crypto";
import { and, asc, desc, eq, gte, inArray, lt, lte, sql } from "drizzle-orm";
import { type Audit, type AuditQuery, boundedDetail, type NewAuditEntry } from "../../../audit/audit.ts";
import { storableText, storableTime } from "../../../jobs/rules/storable.ts";
import type { OpenConnection, QueryBuilder, SqlConnection } from "./connection.ts";
import { inParts } from "./in-parts.ts";

/** The audit log over SQL: one implementation for both dialects. */
export function createSqlAudit(open: OpenConnection): Audit {
  return {
    add: async (...entries) => {
      if (entries.length === 0) return;
      const { schema, time, transaction } = await open();
      const { auditLog } = schema;
      const toRow = ({ action, by, subject, owner, detail }: NewAuditEntry) => ({
        id: `aud_${randomUUID().replaceAll("-", "")}` as const,
        at: sql`${time.now()}`,
        action,
        via: by.via,
        actor: storable(by.owner),
        keyId: by.keyId,
        requestId: storable(by.requestId),
        subject: storable(subject),
        owner: storable(owner),
        detail: boundedDetail(detail),
      });
      await transaction(async (db) => {
        for (const part of inParts(entries)) {
          await db.insert(auditLog).values(part.map(toRow)).returning({ id: auditLog.id });
        }
      });
    },

    list: async (query) => {
      const connection = await open();
      const rows = await connection.read((db) => auditPage(db, connection, query));
      return rows.map(({ via, actor, keyId, requestId, ...entry }) => ({
        ...entry,
        by: { via, owner: actor, keyId, requestId },
      }));
    },

    prune: async (olderThanMs, limit) => {
      const { schema, time, write } = await open();
      const { auditLog } = schema;
      const rows = await write((db) => {
        const old = db
          .select({ id: auditLog.id })
          .from(auditLog)
          .where(lte(auditLog.at, time.plus(time.now(), -olderThanMs)))
          .orderBy(asc(auditLog.at), asc(auditLog.id))
          .limit(limit);
        return db.delete(auditLog).where(inArray(auditLog.id, old)).returning({ id: auditLog.id });
      });
      return rows.length;
    },
  };
}

/** A page of the log: each of its filters has an index in the order of pages. */
export function auditPage(db: QueryBuilder, { schema, time }: SqlConnection, query: AuditQuery) {
  const { auditLog } = schema;
  const { action, subject, keyId, from, to, after } = query;
  return db
    .select()
    .from(auditLog)
    .where(
      and(
        action && eq(auditLog.action, action),
        subject === undefined ? undefined : eq(auditLog.subject, storableText(subject)),
        keyId && eq(auditLog.keyId, keyId),
        from && gte(auditLog.at, time.at(storableTime(from))),
        to && lt(auditLog.at, time.at(storableTime(to))),
        after && sql`(${auditLog.at}, ${auditLog.id}) < (${time.at(storableTime(after.at))}, ${after.id})`,
      ),
    )
    .orderBy(desc(auditLog.at), desc(auditLog.id))
    .limit(query.limit);
}

const storable = (text: string | null): string | null => (text === null ? null : storableText(text));
