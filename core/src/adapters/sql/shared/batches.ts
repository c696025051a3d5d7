import { and, asc, count, desc, eq, getTableColumns, gt, inArray, lte, or, type SQL, sql } from "drizzle-orm";
import type { Batch, BatchEntry } from "../../../batches/batch.ts";
import type { Batches, BatchQuery, ExpansionRef } from "../../../batches/batches.ts";
import { deliveriesOfBatches } from "../../../batches/deliveries-of-batches.ts";
import { requestSchemaVersion } from "../../../jobs/request.ts";
import { storableJson, storableText, storableTime, storedCopy } from "../../../jobs/rules/storable.ts";
import type { BatchId } from "../../../runtime/ids.ts";
import { listeningWebhooks } from "./after-end.ts";
import { countsOf } from "./batch-counts.ts";
import { type BatchRow, toBatch } from "./batch-row.ts";
import { hasBatch, isExpanding, isRunning, madeBySchedule, unfinished } from "./conditions.ts";
import type { OpenConnection, QueryBuilder, SqlConnection } from "./connection.ts";
import { insertDeliveries } from "./deliveries.ts";

/** The batches over SQL: one implementation for both dialects. */
export function createSqlBatches(open: OpenConnection): Batches {
  const toBatches = async (db: QueryBuilder, connection: SqlConnection, rows: readonly BatchRow[]) => {
    const counted = await countsOf(db, connection, rows);
    return rows.map((row) => toBatch(row, counted));
  };

  return {
    insert: async (batch) => {
      const { schema, time, write } = await open();
      const row = {
        ...storedCopy({ ...batch, labels: batch.labels, source: batch.source }),
        id: batch.id,
        onlyNew: batch.onlyNew ? 1 : 0,
        state: "expanding" as const,
        schemaVersion: requestSchemaVersion,
        error: null,
        expansion: 0,
        failures: 0,
        dueAt: sql`${time.now()}`,
        createdAt: sql`${time.now()}`,
        updatedAt: sql`${time.now()}`,
        finishedAt: null,
      };
      const [inserted] = await write((db) => db.insert(schema.batches).values(row).returning());
      return toBatch(inserted as BatchRow, new Map());
    },

    get: async (id, owner) => {
      const connection = await open();
      return await connection.read(async (db) => {
        const rows = await db
          .select()
          .from(connection.schema.batches)
          .where(ownedBy(connection, id, owner));
        return (await toBatches(db, connection, rows))[0] ?? null;
      });
    },

    list: async (query) => {
      const connection = await open();
      return await connection.read(async (db) => {
        const rows = await batchPage(db, connection, query);
        return await toBatches(db, connection, rows);
      }, query.owner ?? "");
    },

    remove: async (id, owner) => {
      const connection = await open();
      const { batches } = connection.schema;
      const rows = await connection.write((db) =>
        db
          .delete(batches)
          .where(ownedBy(connection, id, owner))
          .returning({ id: batches.id }),
      );
      return rows.length > 0;
    },

    removeOld: async (keptMs, limit) => {
      const connection = await open();
      return (await connection.write((db) => emptyBatches(db, connection, keptMs, limit))).length;
    },

    claim: async (leaseMs) => {
      const connection = await open();
      const { schema, time } = connection;
      const { batches } = schema;
      return await connection.transaction(async (db) => {
        const [due] = await dueExpansion(db, connection);
        if (due === undefined) return null;
        const rows = await db
          .update(batches)
          .set({ expansion: sql`${batches.expansion} + 1`, dueAt: time.plus(time.now(), leaseMs) })
          .where(eq(batches.id, due.id))
          .returning();
        return (await toBatches(db, connection, rows))[0] ?? null;
      });
    },

    hold: async (ref, leaseMs) => {
      const connection = await open();
      const { schema, time } = connection;
      const { batches } = schema;
      const rows = await connection.write((db) =>
        db
          .update(batches)
          .set({ dueAt: time.plus(time.now(), leaseMs) })
          .where(isHeld(connection, ref))
          .returning({ id: batches.id }),
      );
      return rows.length > 0;
    },

    expanded: async (ref, changes) => {
      const connection = await open();
      const { batches } = connection.schema;
      const set = { ...storedCopy(changes), updatedAt: connection.time.now() };
      await connection.write((db) =>
        db.update(batches).set(set).where(isHeld(connection, ref)).returning({ id: batches.id }),
      );
    },

    postpone: async (ref, delayMs) => {
      const connection = await open();
      const { schema, time } = connection;
      const { batches } = schema;
      await connection.write((db) =>
        db
          .update(batches)
          .set({ dueAt: time.plus(time.now(), delayMs) })
          .where(isHeld(connection, ref))
          .returning({ id: batches.id }),
      );
    },

    addEntries: async (batchId, entries) => {
      if (entries.length === 0) return [];
      const { schema, listed, write } = await open();
      const { batchEntries } = schema;
      const rows = entries.map(({ key, position, url, title, skipped }) => ({ key, position, url, title, skipped }));
      const { from, text, integer, json } = listed(storableJson(rows));
      const cells = {
        batchId: sql`${batchId}`,
        key: text("key"),
        position: integer("position"),
        state: sql`case when ${text("skipped")} is null then 'waiting' else 'skipped' end`,
        url: text("url"),
        title: text("title"),
        skipped: sql`case when ${text("skipped")} is not null then ${json("skipped")} end`,
      } satisfies Record<keyof EntryRow, SQL>;
      const names = Object.keys(getTableColumns(batchEntries)) as (keyof EntryRow)[];
      const columns = sql.join(
        names.map((name) => cells[name]),
        sql`, `,
      );
      const added = await write((db) =>
        db
          .insert(batchEntries)
          .select(sql`select ${columns} from ${from} where true`)
          .onConflictDoNothing()
          .returning({ key: batchEntries.key, position: batchEntries.position }),
      );
      const positions = new Map(added.map(({ key, position }) => [key, position]));
      return entries.filter(({ key, position }) => positions.get(storableText(key)) === position);
    },

    waiting: async (id, limit) => {
      const connection = await open();
      return (await connection.read((db) => entriesOf(db, connection, id, "waiting", limit))).map(toEntry);
    },

    markMade: async (id, entries) => {
      if (entries.length === 0) return;
      const { schema, write } = await open();
      const { batchEntries } = schema;
      const positions = entries.map(({ position }) => position);
      await write((db) =>
        db
          .update(batchEntries)
          .set({ state: "made" })
          .where(
            and(
              eq(batchEntries.batchId, id),
              eq(batchEntries.state, "waiting"),
              inArray(batchEntries.position, positions),
            ),
          )
          .returning({ key: batchEntries.key }),
      );
    },

    countMade: async (id) => {
      const { schema, read } = await open();
      const { batchEntries } = schema;
      const [row] = await read((db) =>
        db
          .select({ made: count() })
          .from(batchEntries)
          .where(and(eq(batchEntries.batchId, id), eq(batchEntries.state, "made"))),
      );
      return row?.made ?? 0;
    },

    dropWaiting: async (id) => {
      const { schema, write } = await open();
      const { batchEntries } = schema;
      await write((db) =>
        db
          .delete(batchEntries)
          .where(and(eq(batchEntries.batchId, id), eq(batchEntries.state, "waiting")))
          .returning({ key: batchEntries.key }),
      );
    },

    skipped: async (id, limit, after) => {
      const connection = await open();
      return (await connection.read((db) => entriesOf(db, connection, id, "skipped", limit, after))).map(toEntry);
    },

    cancel: async (id, owner) => {
      const connection = await open();
      const { schema, time } = connection;
      const { batches } = schema;
      return await connection.transaction(async (db) => {
        const rows = await db
          .update(batches)
          .set({ state: "canceled", error: null, finishedAt: time.now(), updatedAt: time.now() })
          .where(and(ownedBy(connection, id, owner), inArray(batches.state, ["expanding", "running"])))
          .returning();
        await forgetEntries(db, connection, rows);
        const ended = await toBatches(db, connection, rows);
        await writeDeliveries(db, connection, ended);
        return ended[0] ?? null;
      });
    },

    reopen: async (id, owner) => {
      const connection = await open();
      const { batches } = connection.schema;
      return await connection.transaction(async (db) => {
        const rows = await db
          .select()
          .from(batches)
          .where(ownedBy(connection, id, owner));
        const [row] = rows;
        if (row === undefined) return null;
        const { time } = connection;
        const state = row.error === null && row.state !== "expanding" ? ("running" as const) : ("expanding" as const);
        const opened = await db
          .update(batches)
          .set({ state, error: null, failures: 0, dueAt: time.now(), finishedAt: null, updatedAt: time.now() })
          .where(eq(batches.id, id))
          .returning();
        return (await toBatches(db, connection, opened))[0] ?? null;
      });
    },

    settle: async (limit) => {
      const connection = await open();
      const { schema, time } = connection;
      const { batches } = schema;
      return await connection.transaction(async (db) => {
        const over = await settledBatches(db, connection, limit);
        if (over.length === 0) return [];
        const rows = await db
          .update(batches)
          .set({
            state: sql`case when ${batches.error} is null then 'finished' else 'failed' end`,
            finishedAt: time.now(),
            updatedAt: time.now(),
          })
          .where(
            and(
              inArray(
                batches.id,
                over.map(({ id }) => id),
              ),
              // Again: a job may have been retried between the look at it and the lock of its batch.
              sql`not ${goesOn(connection)}`,
            ),
          )
          .returning();
        await forgetEntries(
          db,
          connection,
          rows.filter(({ state }) => state === "finished"),
        );
        const ended = await toBatches(db, connection, rows);
        await writeDeliveries(db, connection, ended);
        return ended;
      });
    },
  };
}

type EntryRow = SqlConnection["schema"]["batchEntries"]["$inferSelect"];

const toEntry = ({ key, position, url, title, skipped }: EntryRow): BatchEntry => ({
  key,
  position,
  url,
  title,
  skipped,
});

/** Nothing is due later than this: what seems so was written while the clock of the database was ahead. */
const furthestDueMs = 86_400_000;

/** The expansion that is due for longest, and held by nobody. */
export function dueExpansion(db: QueryBuilder, connection: SqlConnection) {
  const { schema, time } = connection;
  const { batches } = schema;
  const due = db
    .select({ id: batches.id })
    .from(batches)
    .where(
      and(isExpanding, or(lte(batches.dueAt, time.now()), gt(batches.dueAt, time.plus(time.now(), furthestDueMs)))),
    )
    .orderBy(asc(batches.dueAt))
    .limit(1);
  return connection.lock(due, "skip");
}

/** Whether a batch has jobs that have not ended. */
function goesOn({ schema: { batches, jobs } }: SqlConnection): SQL {
  return sql`exists (select 1 from ${jobs} where ${jobs.batchId} = ${batches.id} and ${hasBatch} and ${unfinished})`;
}

/** Batches that were over this long ago and of which no job is left. */
function emptyBatches(
  db: QueryBuilder,
  { schema: { batches, jobs }, time }: SqlConnection,
  keptMs: number,
  limit: number,
) {
  const isEmpty = and(
    lte(batches.finishedAt, time.plus(time.now(), -keptMs)),
    sql`not exists (select 1 from ${jobs} where ${jobs.batchId} = ${batches.id} and ${hasBatch})`,
  );
  const some = db.select({ id: batches.id }).from(batches).where(isEmpty).limit(limit);
  // The condition again, for one that is taken up meanwhile.
  return db
    .delete(batches)
    .where(and(sql`${batches.id} in ${some}`, isEmpty))
    .returning({ id: batches.id });
}

/** Batches whose jobs have all ended. */
export function settledBatches(db: QueryBuilder, connection: SqlConnection, limit: number) {
  const { batches } = connection.schema;
  const over = db
    .select({ id: batches.id })
    .from(batches)
    .where(and(isRunning, sql`not ${goesOn(connection)}`))
    .orderBy(asc(batches.createdAt))
    .limit(limit);
  return connection.lock(over, "skip");
}

/** A page of batches, newest first. */
export function batchPage(db: QueryBuilder, connection: SqlConnection, query: BatchQuery) {
  const { batches } = connection.schema;
  const { owner, states, scheduleId, after, limit } = query;
  const at = after && connection.time.at(storableTime(after.createdAt));
  return db
    .select()
    .from(batches)
    .where(
      and(
        owner === null ? undefined : eq(batches.owner, storableText(owner)),
        states && inArray(batches.state, [...states]),
        scheduleId && and(madeBySchedule, eq(batches.scheduleId, scheduleId)),
        after && sql`(${batches.createdAt}, ${batches.id}) < (${at}, ${after.id})`,
      ),
    )
    .orderBy(desc(batches.createdAt), desc(batches.id))
    .limit(limit);
}

function entriesOf(
  db: QueryBuilder,
  { schema: { batchEntries } }: SqlConnection,
  id: BatchId,
  state: EntryRow["state"],
  limit: number,
  after?: number,
) {
  return db
    .select()
    .from(batchEntries)
    .where(
      and(
        eq(batchEntries.batchId, id),
        eq(batchEntries.state, state),
        after === undefined ? undefined : gt(batchEntries.position, after),
      ),
    )
    .orderBy(asc(batchEntries.position))
    .limit(limit);
}

/** Of a batch whose list is never read again: what jobs were or would have been made of. */
async function forgetEntries(
  db: QueryBuilder,
  { schema: { batchEntries } }: SqlConnection,
  batches: readonly BatchRow[],
): Promise<void> {
  if (batches.length === 0) return;
  const ids = batches.map(({ id }) => id);
  await db
    .delete(batchEntries)
    .where(and(inArray(batchEntries.batchId, ids), inArray(batchEntries.state, ["waiting", "made"])))
    .returning({ key: batchEntries.key });
}

async function writeDeliveries(db: QueryBuilder, connection: SqlConnection, ended: readonly Batch[]): Promise<void> {
  if (ended.length === 0) return;
  const owners = [...new Set(ended.map(({ owner }) => storableText(owner)))];
  const listening = await listeningWebhooks(db, connection, owners);
  await insertDeliveries(db, connection, deliveriesOfBatches(ended, listening));
}

function isHeld({ schema: { batches } }: SqlConnection, { id, expansion }: ExpansionRef): SQL | undefined {
  return and(eq(batches.id, id), eq(batches.expansion, expansion), isExpanding);
}

function ownedBy({ schema: { batches } }: SqlConnection, id: BatchId, owner: string | null): SQL | undefined {
  return and(eq(batches.id, id), owner === null ? undefined : eq(batches.owner, storableText(owner)));
}
