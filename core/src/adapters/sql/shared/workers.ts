import { and, desc, eq, inArray, isNotNull, isNull, lte, or, sql } from "drizzle-orm";
import { storableText } from "../../../jobs/rules/storable.ts";
import type { WorkerAttempt, WorkerRecord, Workers } from "../../../workers/workers.ts";
import { stateIn } from "./conditions.ts";
import type { OpenConnection, QueryBuilder, SqlConnection } from "./connection.ts";

/** More than any fleet has; a list of them is for people. */
const mostWorkers = 1_000;

/** The registry of workers over SQL: one implementation for both dialects. */
export function createSqlWorkers(open: OpenConnection): Workers {
  return {
    beat: async ({ id, name, host, pid, version, engine, concurrency, freeBytes, standalone, draining }) => {
      const { schema, time, write } = await open();
      const { workers } = schema;
      const now = () => sql`${time.now()}`;
      const said = {
        ...{ name: storableText(name), host: storableText(host), pid, version: storableText(version), engine },
        ...{ concurrency, freeBytes, standalone: standalone ? 1 : 0, draining: draining ? 1 : 0, endedAt: null },
      };
      const [row] = await write((db) =>
        db
          .insert(workers)
          .values({ id, ...said, startedAt: now(), seenAt: now() })
          .onConflictDoUpdate({ target: workers.id, set: { ...said, seenAt: now() } })
          .returning({ drainRequestedAt: workers.drainRequestedAt }),
      );
      return { drain: row?.drainRequestedAt != null };
    },

    leave: async (id) => {
      const { schema, time, write } = await open();
      const { workers } = schema;
      const changes = { endedAt: time.now(), seenAt: time.now() };
      await write((db) => db.update(workers).set(changes).where(eq(workers.id, id)).returning({ id: workers.id }));
    },

    list: async (goneAfterMs) => {
      const connection = await open();
      const { schema, time } = connection;
      const { workers } = schema;
      const isSilent = lte(workers.seenAt, time.plus(time.now(), -goneAfterMs));
      const rows = await connection.read((db) =>
        db
          .select({
            row: workers,
            isGone: sql<unknown>`(${or(isNotNull(workers.endedAt), isSilent)})`.mapWith(Boolean),
          })
          .from(workers)
          .orderBy(desc(workers.startedAt), desc(workers.id))
          .limit(mostWorkers),
      );
      const names = rows.flatMap(({ row, isGone }) => (isGone ? [] : row.name));
      const running = names.length === 0 ? [] : await connection.read((db) => runningOf(db, connection, names));
      const byWorker = Map.groupBy(running, ({ worker }) => worker);
      return rows.map(({ row, isGone }): WorkerRecord => {
        const { draining, standalone, endedAt: _, ...rest } = row;
        const attempts = (byWorker.get(row.name) ?? []).map(({ worker: _, ...attempt }): WorkerAttempt => attempt);
        const state = isGone ? "gone" : draining === 1 ? "draining" : "active";
        return { ...rest, standalone: standalone === 1, state, running: attempts };
      });
    },

    drain: async (id, goneAfterMs) => {
      const { schema, time, read, write } = await open();
      const { workers } = schema;
      const isThere = and(
        eq(workers.id, id),
        isNull(workers.endedAt),
        sql`${workers.seenAt} > ${time.plus(time.now(), -goneAfterMs)}`,
      );
      const asked = await write((db) =>
        db
          .update(workers)
          .set({ drainRequestedAt: sql`coalesce(${workers.drainRequestedAt}, ${time.now()})` })
          .where(and(isThere, eq(workers.standalone, 1)))
          .returning({ id: workers.id }),
      );
      if (asked.length > 0) return "asked";
      const [row] = await read((db) => db.select().from(workers).where(eq(workers.id, id)));
      if (row === undefined) return "not_found";
      return row.standalone === 1 ? "gone" : "not_standalone";
    },

    prune: async (olderThanMs) => {
      const { schema, time, write } = await open();
      const { workers } = schema;
      const isOld = lte(workers.seenAt, time.plus(time.now(), -olderThanMs));
      return (await write((db) => db.delete(workers).where(isOld).returning({ id: workers.id }))).length;
    },
  };
}

/** What these workers run. */
export function runningOf(db: QueryBuilder, { schema: { jobs } }: SqlConnection, names: readonly string[]) {
  return db
    .select({ jobId: jobs.id, attempt: jobs.attempt, startedAt: jobs.startedAt, worker: jobs.worker })
    .from(jobs)
    .where(and(stateIn(["running"]), inArray(jobs.worker, [...names])))
    .orderBy(jobs.id);
}
