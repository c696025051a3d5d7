import { and, asc, desc, eq, inArray, isNotNull, lt, lte, or, type SQL, sql } from "drizzle-orm";
import { storableText } from "../../../jobs/rules/storable.ts";
import { isId, type WebhookId } from "../../../runtime/ids.ts";
import type {
  Deliveries,
  DeliveriesOf,
  DeliveryCursor,
  NewDelivery,
  TryOutcome,
} from "../../../webhooks/deliveries.ts";
import { type DeliveryAttempt, keptAttempts, type WebhookDelivery } from "../../../webhooks/delivery.ts";
import { isPending, isPendingForAnybody, ofRequest } from "./conditions.ts";
import type { OpenConnection, QueryBuilder, SqlConnection } from "./connection.ts";
import { inParts } from "./in-parts.ts";
import type { Schema } from "./schema.ts";

type Row = Schema["webhookDeliveries"]["$inferSelect"];

/** The deliveries over SQL: one implementation for both dialects. */
export function createSqlDeliveries(open: OpenConnection): Deliveries {
  return {
    insert: async (deliveries) => {
      const connection = await open();
      await connection.transaction((db) => insertDeliveries(db, connection, deliveries));
    },

    dueTargets: async (limit) => {
      const connection = await open();
      return await connection.read(async (db) => {
        const oldest = await oldestDueTargets(db, connection, limit);
        const read = oldest.reduce((sum, { deliveries }) => sum + deliveries, 0);
        const isWhole = oldest.length === limit || read < mostRead;
        const targets = isWhole ? oldest : await dueTargets(db, connection, limit);
        return targets.map(({ target, owner }) => ({ target, owner }));
      });
    },

    take: async (target, limit, holdMs) => {
      const connection = await open();
      const rows = await connection.write((db) => takeDue(db, connection, { target, limit, holdMs }));
      return rows.sort((a, b) => (a.id < b.id ? -1 : 1)).map((row) => ({ ...toDelivery(row), take: row.takes }));
    },

    record: async ({ id, take, attempts }, outcome) => {
      const connection = await open();
      const table = connection.schema.webhookDeliveries;
      const rows = await connection.write((db) =>
        db
          .update(table)
          .set(changesOf(connection, attempts, outcome))
          .where(and(eq(table.id, id), eq(table.takes, take)))
          .returning({ id: table.id }),
      );
      return rows.length > 0;
    },

    get: async (id, of) => {
      const { schema, read } = await open();
      const table = schema.webhookDeliveries;
      const rows = await read((db) =>
        db
          .select()
          .from(table)
          .where(and(eq(table.id, id), isOf(schema, of))),
      );
      return rows[0] === undefined ? null : toDelivery(rows[0]);
    },

    list: async (of, limit, after) => {
      const connection = await open();
      const rows = await connection.read((db) => pageOf(db, connection, of, limit, after));
      return rows.map(toDelivery);
    },

    replay: async (id, of) => {
      const connection = await open();
      const { schema, time } = connection;
      const table = schema.webhookDeliveries;
      const isThis = and(eq(table.id, id), isOf(schema, of));
      // One that is being sent is due later than clients are told.
      const isIdle = sql`not (${isPending} and ${table.dueAt} <> ${table.nextAttemptAt} and ${table.dueAt} > ${time.now()})`;
      const again = {
        state: "pending",
        tries: 0,
        dueAt: time.now(),
        nextAttemptAt: time.now(),
        finishedAt: null,
      } as const;
      return await connection.transaction(async (db) => {
        const [changed] = await db.update(table).set(again).where(and(isThis, isIdle)).returning();
        const [row] = changed === undefined ? await db.select().from(table).where(isThis) : [changed];
        return row === undefined ? null : toDelivery(row);
      });
    },

    removeOld: async (olderThanMs, limit) => {
      const connection = await open();
      return (await connection.write((db) => removeOldDeliveries(db, connection, olderThanMs, limit))).length;
    },

    backlog: async () => {
      const connection = await open();
      const { schema, time } = connection;
      const table = schema.webhookDeliveries;
      const [row] = await connection.read((db) =>
        db
          .select({
            due: sql<number>`count(*)`.mapWith(Number),
            oldest: sql<Date | null>`min(${table.dueAt})`.mapWith(table.dueAt),
            now: sql<Date | null>`max(${time.now()})`.mapWith(table.dueAt),
          })
          .from(table)
          .where(and(isPending, lte(table.dueAt, time.now()))),
      );
      const { due = 0, oldest = null, now = null } = row ?? {};
      return { due, oldestDueMs: oldest === null || now === null ? 0 : now.getTime() - oldest.getTime() };
    },
  };
}

/** Writes new deliveries, as part of a transaction. */
export async function insertDeliveries(
  db: QueryBuilder,
  { schema, time }: SqlConnection,
  deliveries: readonly NewDelivery[],
): Promise<void> {
  const table = schema.webhookDeliveries;
  const now = () => sql`${time.now()}`;
  const toRow = ({ owner, url, body, target, ...delivery }: NewDelivery) => ({
    ...delivery,
    ...{ owner: storableText(owner), url: url && storableText(url), body: storableText(body) },
    ...{ target: storableText(target), state: "pending" as const, attempts: [], tries: 0, takes: 0 },
    ...{ createdAt: now(), dueAt: now(), nextAttemptAt: now(), finishedAt: null },
  });
  for (const part of inParts(deliveries)) {
    await db.insert(table).values(part.map(toRow)).onConflictDoNothing().returning({ id: table.id });
  }
}

/** The deliveries of a webhook that are not over fail; those that are being sent just now are not tried again. */
export function failPending(db: QueryBuilder, { schema, time }: SqlConnection, id: WebhookId) {
  const table = schema.webhookDeliveries;
  return db
    .update(table)
    .set({ state: "failed", nextAttemptAt: null, finishedAt: time.now() })
    .where(and(isPending, eq(table.target, id)))
    .returning({ id: table.id });
}

// Of due deliveries, to find their targets.
const mostRead = 1_000;

/**
 * The targets of the deliveries that are due longest, and how many of these each has: what is not due yet costs nothing. All of
 * them where fewer than `mostRead` deliveries were read.
 */
export function oldestDueTargets(db: QueryBuilder, { schema, time }: SqlConnection, limit: number) {
  const table = schema.webhookDeliveries;
  const due = db
    .select({ target: table.target, owner: table.owner, dueAt: table.dueAt })
    .from(table)
    .where(and(isPendingForAnybody, lte(table.dueAt, time.now())))
    .orderBy(asc(table.dueAt))
    .limit(mostRead)
    .as("due");
  return db
    .select({
      target: due.target,
      owner: sql<string>`min(${due.owner})`,
      deliveries: sql<number>`count(*)`.mapWith(Number),
    })
    .from(due)
    .groupBy(due.target)
    .orderBy(sql`min(${due.dueAt})`)
    .limit(limit);
}

/**
 * The targets with due deliveries, where a few have a long backlog: a loose index scan, which skips from target to target, so
 * that the backlog of one is not read to find the next.
 */
export function dueTargets(db: QueryBuilder, { schema, time }: SqlConnection, limit: number) {
  const table = schema.webhookDeliveries;
  const next = (after: SQL) =>
    sql`(select min(${table.target}) from ${table} where ${isPending} and ${table.target} > ${after})`;
  const oldest = sql`(select min(${table.dueAt}) from ${table} where ${isPending} and ${table.target} = hop.target)`;
  const owner = sql`(select ${table.owner} from ${table} where ${isPending} and ${table.target} = hop.target limit 1)`;
  const hops = sql`(with recursive hop (target) as (
    select ${next(sql`''`)} union all select ${next(sql`hop.target`)} from hop where hop.target is not null
  ) select hop.target as target, ${oldest} as oldest, ${owner} as owner from hop where hop.target is not null) as targets`;
  return db
    .select({ target: sql<string>`targets.target`, owner: sql<string>`targets.owner` })
    .from(hops)
    .where(sql`targets.oldest <= ${time.now()}`)
    .orderBy(sql`targets.oldest`)
    .limit(limit);
}

/** A page of deliveries, newest first. */
export function pageOf(
  db: QueryBuilder,
  { schema }: SqlConnection,
  of: DeliveriesOf,
  limit: number,
  after?: DeliveryCursor,
) {
  const table = schema.webhookDeliveries;
  const older =
    after &&
    or(lt(table.createdAt, after.createdAt), and(eq(table.createdAt, after.createdAt), lt(table.id, after.id)));
  return db
    .select()
    .from(table)
    .where(and(isOf(schema, of), older))
    .orderBy(desc(table.createdAt), desc(table.id))
    .limit(limit);
}

function isOf({ webhookDeliveries: table }: Schema, of: DeliveriesOf): SQL | undefined {
  return isId("job", of) ? and(eq(table.jobId, of), ofRequest) : eq(table.webhookId, of);
}

interface Take {
  readonly target: string;
  readonly limit: number;
  readonly holdMs: number;
}

/** Takes due deliveries of one target, and holds them back from others for a while. */
export function takeDue(db: QueryBuilder, connection: SqlConnection, { target, limit, holdMs }: Take) {
  const { schema, time } = connection;
  const table = schema.webhookDeliveries;
  const due = dueOfTarget(db, connection, target, limit);
  const picked = db.$with("picked").as(connection.lock(due, "skip"));
  const ids = db.select({ id: picked.id }).from(picked);
  return db
    .with(picked)
    .update(table)
    .set({ dueAt: time.plus(time.now(), holdMs), takes: sql`${table.takes} + 1` })
    .where(inArray(table.id, ids))
    .returning();
}

/** Removes deliveries that were over for long. */
export function removeOldDeliveries(
  db: QueryBuilder,
  { schema, time }: SqlConnection,
  olderThanMs: number,
  limit: number,
) {
  const table = schema.webhookDeliveries;
  const old = db
    .select({ id: table.id })
    .from(table)
    .where(and(isNotNull(table.finishedAt), lte(table.finishedAt, time.plus(time.now(), -olderThanMs))))
    .orderBy(asc(table.finishedAt))
    .limit(limit);
  return db.delete(table).where(inArray(table.id, old)).returning({ id: table.id });
}

/** Due deliveries of one target. */
function dueOfTarget(db: QueryBuilder, { schema, time }: SqlConnection, target: string, limit: number) {
  const table = schema.webhookDeliveries;
  return db
    .select({ id: table.id })
    .from(table)
    .where(and(isPending, eq(table.target, storableText(target)), lte(table.dueAt, time.now())))
    .orderBy(asc(table.dueAt))
    .limit(limit);
}

function changesOf({ schema, time }: SqlConnection, before: readonly DeliveryAttempt[], outcome: TryOutcome) {
  const table = schema.webhookDeliveries;
  // One that failed while it was being sent, because its webhook was disabled, is not due again.
  const dueIfPending = (at: SQL) => ({ dueAt: at, nextAttemptAt: sql`case when ${isPending} then ${at} end` });
  if (outcome.kind === "interrupted") return dueIfPending(time.now());
  const tried = { attempts: [...before, outcome.attempt].slice(-keptAttempts), tries: sql`${table.tries} + 1` };
  if (outcome.kind === "retry") return { ...tried, ...dueIfPending(time.plus(time.now(), outcome.delayMs)) };
  return { ...tried, state: outcome.kind, nextAttemptAt: null, finishedAt: time.now() };
}

function toDelivery({ target: _, takes: __, dueAt: ___, ...delivery }: Row): WebhookDelivery {
  return delivery;
}
