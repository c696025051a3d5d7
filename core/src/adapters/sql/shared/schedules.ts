import { and, asc, desc, eq, getTableColumns, gt, lt, lte, or, type SQL, sql } from "drizzle-orm";
import { BatchRequest } from "../../../batches/batch-request.ts";
import { requestSchemaVersion } from "../../../jobs/request.ts";
import { storableText, storableTime, storedCopy } from "../../../jobs/rules/storable.ts";
import type { ScheduleId } from "../../../runtime/ids.ts";
import type { Schedule } from "../../../schedules/schedule.ts";
import type {
  DueSchedule,
  ScheduleChanges,
  ScheduleCursor,
  ScheduleQuery,
  Schedules,
} from "../../../schedules/schedules.ts";
import { hasNextRun } from "./conditions.ts";
import type { OpenConnection, QueryBuilder, SqlConnection } from "./connection.ts";
import { readRequestRow } from "./job-row.ts";
import type { Schema } from "./schema.ts";

type Row = Schema["schedules"]["$inferSelect"];

/** Rows of the archive in one statement. */
const takenAtOnce = 250;

/** The schedules over SQL: one implementation for both dialects. */
export function createSqlSchedules(open: OpenConnection): Schedules {
  return {
    insert: async ({ id, owner, name, runAt, cron, timeZone, download, batch, onlyNew, nextRunAt }) => {
      const { schema, time, write } = await open();
      const now = () => sql`${time.now()}`;
      const row = {
        ...{ id, owner: storableText(owner), name: storableText(name), state: "active" as const },
        ...{ runAt: runAt && storableTime(runAt), cron: cron && storableText(cron), timeZone },
        ...{ schemaVersion: requestSchemaVersion, download: download && storedCopy(download) },
        ...{ batch: batch && storedCopy(batch), onlyNew: onlyNew ? 1 : 0 },
        ...{ nextRunAt: nextRunAt && storableTime(nextRunAt), createdAt: now(), updatedAt: now() },
      };
      const rows = await write((db) => db.insert(schema.schedules).values(row).returning());
      return toSchedule(rows[0] as Row);
    },

    get: async (id, owner) => {
      const connection = await open();
      const { schedules } = connection.schema;
      const [row] = await connection.read((db) =>
        db
          .select()
          .from(schedules)
          .where(ownedBy(connection, id, owner)),
      );
      return row === undefined ? null : toSchedule(row);
    },

    list: async (query) => {
      const connection = await open();
      return (await connection.read((db) => schedulePage(db, connection, query))).map(toSchedule);
    },

    count: async (owner, upTo) => {
      const connection = await open();
      const { schedules } = connection.schema;
      const rows = await connection.read((db) => {
        const some = db
          .select({ id: schedules.id })
          .from(schedules)
          .where(eq(schedules.owner, storableText(owner)))
          .limit(upTo)
          .as("some");
        return db.select({ count: sql<number>`count(*)`.mapWith(Number) }).from(some);
      });
      return rows[0]?.count ?? 0;
    },

    lock: async (id, owner) => {
      const connection = await open();
      const { schedules } = connection.schema;
      const now = connection.time.now().mapWith(schedules.createdAt);
      const [row] = await connection.write((db) =>
        connection.lock(
          db
            .select({ ...getTableColumns(schedules), now })
            .from(schedules)
            .where(ownedBy(connection, id, owner)),
          "wait",
        ),
      );
      return row === undefined ? null : { schedule: toSchedule(row), now: row.now };
    },

    update: async (id, changes) => {
      const { schema, time, write } = await open();
      const { schedules } = schema;
      const set = { ...columnsOf(changes), updatedAt: time.now() };
      const rows = await write((db) => db.update(schedules).set(set).where(eq(schedules.id, id)).returning());
      return rows[0] === undefined ? null : toSchedule(rows[0]);
    },

    take: async (scheduleId, media) => {
      if (media.length === 0) return [];
      const { schema, time, write } = await open();
      const { scheduleArchive } = schema;
      const takenAt = sql`${time.now()}`;
      const rows = media.map(({ extractor, mediaId }) => ({
        scheduleId,
        extractor,
        mediaId: storableText(mediaId),
        takenAt,
      }));
      const added = new Set<string>();
      for (let from = 0; from < rows.length; from += takenAtOnce) {
        const part = rows.slice(from, from + takenAtOnce);
        const fresh = await write((db) =>
          db
            .insert(scheduleArchive)
            .values(part)
            .onConflictDoNothing()
            .returning({
              ...{ extractor: scheduleArchive.extractor, mediaId: scheduleArchive.mediaId },
            }),
        );
        for (const { extractor, mediaId } of fresh) added.add(`${extractor} ${mediaId}`);
      }
      // Each once, also where the list names it twice.
      return media.filter(({ extractor, mediaId }) => added.delete(`${extractor} ${storableText(mediaId)}`));
    },

    remove: async (id, owner) => {
      const connection = await open();
      const { schedules, scheduleArchive } = connection.schema;
      return await connection.transaction(async (db) => {
        const removed = await db
          .delete(schedules)
          .where(ownedBy(connection, id, owner))
          .returning({ id: schedules.id });
        if (removed.length === 0) return false;
        await db
          .delete(scheduleArchive)
          .where(eq(scheduleArchive.scheduleId, id))
          .returning({ id: scheduleArchive.scheduleId });
        return true;
      });
    },

    due: async (limit, after) => {
      const connection = await open();
      const rows = await connection.read((db) => dueSchedules(db, connection, limit, after));
      return rows as readonly DueSchedule[];
    },

    ranInFuture: async (toleranceMs, limit) => {
      const connection = await open();
      const rows = await connection.read((db) => ranInFuture(db, connection, toleranceMs, limit));
      return rows.map(({ id }) => id);
    },
  };
}

/** A page of schedules, newest first. */
export function schedulePage(
  db: QueryBuilder,
  { schema: { schedules } }: SqlConnection,
  { owner, state, after, limit }: ScheduleQuery,
) {
  return db
    .select()
    .from(schedules)
    .where(
      and(
        owner === null ? undefined : eq(schedules.owner, storableText(owner)),
        state && eq(schedules.state, state),
        after && older(schedules, after),
      ),
    )
    .orderBy(desc(schedules.createdAt), desc(schedules.id))
    .limit(limit);
}

function older(schedules: Schema["schedules"], { createdAt, id }: ScheduleCursor): SQL | undefined {
  return or(lt(schedules.createdAt, createdAt), and(eq(schedules.createdAt, createdAt), lt(schedules.id, id)));
}

/** The schedules that are due, the longest due first. */
export function dueSchedules(
  db: QueryBuilder,
  { schema: { schedules }, time }: SqlConnection,
  limit: number,
  after?: DueSchedule,
) {
  const later =
    after &&
    or(
      gt(schedules.nextRunAt, after.nextRunAt),
      and(eq(schedules.nextRunAt, after.nextRunAt), gt(schedules.id, after.id)),
    );
  return db
    .select({ id: schedules.id, nextRunAt: schedules.nextRunAt })
    .from(schedules)
    .where(and(hasNextRun, lte(schedules.nextRunAt, time.now()), later))
    .orderBy(asc(schedules.nextRunAt), asc(schedules.id))
    .limit(limit);
}

/** Active schedules whose latest run is in the future. */
export function ranInFuture(
  db: QueryBuilder,
  { schema: { schedules }, time }: SqlConnection,
  toleranceMs: number,
  limit: number,
) {
  return db
    .select({ id: schedules.id })
    .from(schedules)
    .where(and(hasNextRun, gt(schedules.lastRunAt, time.plus(time.now(), toleranceMs))))
    .limit(limit);
}

function ownedBy({ schema: { schedules } }: SqlConnection, id: ScheduleId, owner: string | null): SQL | undefined {
  return and(eq(schedules.id, id), owner === null ? undefined : eq(schedules.owner, storableText(owner)));
}

function columnsOf({ name, cron, download, batch, onlyNew, feed, ...changes }: ScheduleChanges): object {
  const { runAt, nextRunAt, lastRunAt, lastDueAt, ...rest } = changes;
  const times = Object.entries({ runAt, nextRunAt, lastRunAt, lastDueAt }).flatMap(([column, at]) =>
    at === undefined ? [] : [[column, at && storableTime(at)]],
  );
  return {
    ...rest,
    ...Object.fromEntries(times),
    ...(name !== undefined && { name: storableText(name) }),
    ...(cron !== undefined && { cron: cron && storableText(cron) }),
    ...(download !== undefined && { download: download && storedCopy(download), schemaVersion: requestSchemaVersion }),
    ...(batch !== undefined && { batch: batch && storedCopy(batch), schemaVersion: requestSchemaVersion }),
    ...(onlyNew !== undefined && { onlyNew: onlyNew ? 1 : 0 }),
    ...(feed !== undefined && {
      feedTokenHash: feed?.tokenHash ?? null,
      feedFileHash: feed?.fileHash ?? null,
      feedCreatedAt: feed?.createdAt ?? null,
    }),
  };
}

/** As a batch of today: what an earlier version wrote gets the defaults of later fields. */
function readBatchRow(batch: BatchRequest, schemaVersion: number): BatchRequest {
  if (schemaVersion >= requestSchemaVersion) return batch;
  const parsed = BatchRequest.safeParse(batch);
  return parsed.success ? parsed.data : batch;
}

function toSchedule(row: Row): Schedule {
  const { feedTokenHash: tokenHash, feedFileHash: fileHash, feedCreatedAt } = row;
  return {
    id: row.id,
    owner: row.owner,
    name: row.name,
    state: row.state,
    runAt: row.runAt,
    cron: row.cron,
    timeZone: row.timeZone,
    download: row.download && readRequestRow({ request: row.download, schemaVersion: row.schemaVersion }),
    batch: row.batch && readBatchRow(row.batch, row.schemaVersion),
    onlyNew: row.onlyNew === 1,
    nextRunAt: row.nextRunAt,
    lastRunAt: row.lastRunAt,
    lastDueAt: row.lastDueAt,
    lastResult: row.lastResult,
    feed:
      tokenHash === null || fileHash === null || feedCreatedAt === null
        ? null
        : { tokenHash, fileHash, createdAt: feedCreatedAt },
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  };
}
