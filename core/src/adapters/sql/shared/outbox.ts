import { and, asc, desc, eq, inArray, lte, sql } from "drizzle-orm";
import type { Outbox, OutboxItem, TakenItem } from "../../../database/outbox.ts";
import { storableText } from "../../../jobs/rules/storable.ts";
import type { OpenConnection, QueryBuilder, SqlConnection } from "./connection.ts";
import { inParts } from "./in-parts.ts";

/** The outbox over SQL: one implementation for both dialects. */
export function createSqlOutbox(open: OpenConnection): Outbox {
  return {
    add: async (items) => {
      if (items.length === 0) return;
      const { schema, time, transaction } = await open();
      const { outbox } = schema;
      const now = () => sql`${time.now()}`;
      const toRow = ({ kind, name, payload }: OutboxItem) => ({
        ...{ kind, name, payload, failures: 0 },
        ...{ createdAt: now(), dueAt: now() },
      });
      await transaction(async (db) => {
        for (const part of inParts(items)) {
          await db.insert(outbox).values(part.map(toRow)).onConflictDoNothing().returning({ name: outbox.name });
        }
      });
    },

    take: async <K extends OutboxItem["kind"]>(kind: K, limit: number, holdMs: number) => {
      const connection = await open();
      const rows = await connection.write((db) => takeDueItems(db, connection, { kind, limit, holdMs }));
      const items = rows.map(({ name, payload, failures, createdAt }) => ({ name, payload, failures, createdAt }));
      return items as readonly TakenItem<K>[];
    },

    remove: async (kind, names) => {
      if (names.length === 0) return;
      const { schema, write } = await open();
      const { outbox } = schema;
      for (const part of inParts(names)) {
        const done = and(eq(outbox.kind, kind), inArray(outbox.name, [...part]));
        await write((db) => db.delete(outbox).where(done).returning({ name: outbox.name }));
      }
    },

    postpone: async (kind, name, delayMs, problem) => {
      const { schema, time, write } = await open();
      const { outbox } = schema;
      const changes = {
        failures: sql`${outbox.failures} + 1`,
        dueAt: time.plus(time.now(), delayMs),
        problem: storableText(problem),
      };
      const item = and(eq(outbox.kind, kind), eq(outbox.name, name));
      await write((db) => db.update(outbox).set(changes).where(item).returning({ name: outbox.name }));
    },

    backlog: async (kind) => {
      const { schema, read } = await open();
      const { outbox } = schema;
      const [counted, latest] = await read(async (db) => [
        await db
          .select({
            waiting: sql<number>`count(*)`.mapWith(Number),
            failing: sql<number>`count(case when ${outbox.failures} > 0 then 1 end)`.mapWith(Number),
          })
          .from(outbox)
          .where(eq(outbox.kind, kind)),
        await db
          .select({ problem: outbox.problem })
          .from(outbox)
          .where(and(eq(outbox.kind, kind), sql`${outbox.failures} > 0`))
          .orderBy(desc(outbox.dueAt))
          .limit(1),
      ]);
      return {
        waiting: counted?.[0]?.waiting ?? 0,
        failing: counted?.[0]?.failing ?? 0,
        problem: (latest?.[0] as { problem: string | null } | undefined)?.problem ?? null,
      };
    },
  };
}

interface Take {
  readonly kind: OutboxItem["kind"];
  readonly limit: number;
  readonly holdMs: number;
}

/** An item of this kind, due or not. */
export function itemsOf(db: QueryBuilder, { schema: { outbox } }: SqlConnection, kind: OutboxItem["kind"]) {
  return db.select({ name: outbox.name }).from(outbox).where(eq(outbox.kind, kind)).orderBy(asc(outbox.dueAt)).limit(1);
}

/** Takes items that are due, and holds them back from others for a while. */
export function takeDueItems(db: QueryBuilder, connection: SqlConnection, { kind, limit, holdMs }: Take) {
  const { time } = connection;
  const { outbox } = connection.schema;
  const due = db
    .select({ name: outbox.name })
    .from(outbox)
    .where(and(eq(outbox.kind, kind), lte(outbox.dueAt, time.now())))
    .orderBy(asc(outbox.dueAt), asc(outbox.name))
    .limit(limit);
  const picked = db.$with("picked").as(connection.lock(due, "skip"));
  const names = db.select({ name: picked.name }).from(picked);
  return db
    .with(picked)
    .update(outbox)
    .set({ dueAt: time.plus(time.now(), holdMs) })
    .where(and(eq(outbox.kind, kind), inArray(outbox.name, names)))
    .returning();
}
