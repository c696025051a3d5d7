import { and, eq, getTableColumns, inArray, type SQL } from "drizzle-orm";
import { isAppError } from "../../../errors/app-error.ts";
import type { Jobs, NewJob } from "../../../jobs/jobs.ts";
import { endByRemoval } from "../../../jobs/rules/end-by-removal.ts";
import { storableText } from "../../../jobs/rules/storable.ts";
import { JobState } from "../../../jobs/states.ts";
import type { JobId } from "../../../runtime/ids.ts";
import { afterEnd } from "./after-end.ts";
import { allows, type Changes } from "./changes.ts";
import { stateIn } from "./conditions.ts";
import type { OpenConnection, SqlConnection } from "./connection.ts";
import { countJobs } from "./count-jobs.ts";
import { createJobs } from "./create-jobs.ts";
import { editJob } from "./edit-job.ts";
import { createGroupCommit } from "./group-commit.ts";
import { forgetPerson } from "./history.ts";
import { toJob } from "./job-row.ts";
import { ofOwner } from "./list-conditions.ts";
import { listJobs } from "./list-jobs.ts";
import { moveJob, moveJobs } from "./move-jobs.ts";
import { forgetOldIdempotencyKeys, movable, stateCounts } from "./queue-queries.ts";

// A batch is one statement: large enough to spare commits, small enough to keep nobody waiting.
const createBatch = { size: 256, parallel: 2 };

/** Creates that come together are written together, each by a transaction of its own kind. */
export function batchedCreate(open: OpenConnection): Jobs["create"] {
  const creates = createGroupCommit({
    ...createBatch,
    run: async (jobs: readonly NewJob[]) => await createJobs(await open(), jobs),
    wroteNothing: (error) => isAppError(error) && error.code === "internal_error",
  });
  return async (job) => {
    const outcome = await creates.add(job);
    if (isAppError(outcome)) throw outcome;
    return outcome;
  };
}

/** A create of its own, as part of a transaction. */
export function singleCreate(open: OpenConnection): Jobs["create"] {
  return async (job) => {
    const [outcome] = await createJobs(await open(), [job]);
    if (outcome === undefined || isAppError(outcome)) throw outcome;
    return outcome;
  };
}

/** The jobs over SQL: one implementation for both dialects. */
export function createSqlJobs(open: OpenConnection, create: Jobs["create"]): Jobs {
  return {
    create,
    createAll: async (jobs) => await createJobs(await open(), jobs),

    get: async (id, owner) => {
      const connection = await open();
      const [row] = await connection.read((db) =>
        db
          .select()
          .from(connection.schema.jobs)
          .where(ownedBy(connection, id, owner)),
      );
      return row === undefined ? null : toJob(row);
    },

    states: async (ids, owner) => {
      if (ids.length === 0) return new Map();
      const { schema, read } = await open();
      const { id, state } = schema.jobs;
      const rows = await read((db) =>
        db
          .select({ id, state })
          .from(schema.jobs)
          .where(and(inArray(id, [...ids]), ofOwner(schema, owner ?? null))),
      );
      return new Map(rows.map((row) => [row.id, row.state]));
    },

    list: async (query) => {
      const connection = await open();
      const rows = await connection.read((db) => listJobs(db, connection, query), query.owner ?? "");
      return rows.map(toJob);
    },

    move: async (id, owner, move) => {
      const connection = await open();
      return await moveJob(connection, move, and(ownedBy(connection, id, owner), allows(move)));
    },

    moveAll: async (ids, owner, move) => {
      if (ids.length === 0) return { moved: [], refused: [] };
      return await moveJobs(await open(), { ids: [...new Set(ids)], owner, move });
    },

    askFinish: async (id, owner) => {
      const connection = await open();
      const { time, schema } = connection;
      const where = and(ownedBy(connection, id, owner), stateIn(["queued", "running"]));
      const changes: Changes = { finishAskedAt: time.now(), updatedAt: time.now() };
      const rows = await connection.write((db) => db.update(schema.jobs).set(changes).where(where).returning());
      return rows.map(toJob)[0] ?? null;
    },

    edit: async (id, owner, edit, seen) => {
      const connection = await open();
      return await connection.transaction((db) => editJob(db, connection, ownedBy(connection, id, owner), edit, seen));
    },

    count: async (query) => {
      const connection = await open();
      return await connection.read((db) => countJobs(db, connection, query), query.owner ?? "");
    },

    removeAll: async (ids, owner) => {
      if (ids.length === 0) return [];
      const connection = await open();
      const { jobs } = connection.schema;
      const removedAt = connection.time.now().mapWith(jobs.createdAt);
      return await connection.transaction(async (db) => {
        const picked = movable(db, connection, { ids, owner, move: null });
        const rows = await db
          .with(picked)
          .delete(jobs)
          .where(inArray(jobs.id, db.select({ id: picked.id }).from(picked)))
          .returning({ ...getTableColumns(jobs), removedAt });
        const ended = rows.flatMap((row) => endByRemoval(toJob(row), row.removedAt));
        await afterEnd(db, connection, ended);
        const jobsGone = rows.map(({ id }) => id);
        if (jobsGone.length > 0) await forgetPerson(db, connection, jobsGone);
        return rows.map(toJob);
      });
    },

    remove: async (id, owner) => {
      const connection = await open();
      return await connection.transaction(async (db) => {
        const { jobs } = connection.schema;
        const [row] = await db
          .delete(jobs)
          .where(ownedBy(connection, id, owner))
          .returning({ ...getTableColumns(jobs), removedAt: connection.time.now().mapWith(jobs.createdAt) });
        if (row === undefined) return null;
        const job = toJob(row);
        await afterEnd(db, connection, endByRemoval(job, row.removedAt));
        await forgetPerson(db, connection, [job.id]);
        return job;
      });
    },

    forgetKeys: async (limit) => {
      const connection = await open();
      return (await connection.write((db) => forgetOldIdempotencyKeys(db, connection, limit))).length;
    },

    countByState: async () => {
      const connection = await open();
      const rows = await connection.read((db) => stateCounts(db, connection));
      const counts = Object.fromEntries(JobState.options.map((state) => [state, 0])) as Record<JobState, number>;
      for (const { state, count } of rows) counts[state] = count;
      return counts;
    },
  };
}

function ownedBy({ schema: { jobs } }: SqlConnection, id: JobId, owner: string | null): SQL | undefined {
  return and(eq(jobs.id, id), owner === null ? undefined : eq(jobs.owner, storableText(owner)));
}
