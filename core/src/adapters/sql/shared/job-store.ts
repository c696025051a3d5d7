import { and, asc, eq, inArray, isNotNull, lte, type SQL, sql } from "drizzle-orm";
import { AppError, isAppError } from "../../../errors/app-error.ts";
import { type Job, noProgress } from "../../../jobs/job.ts";
import type { AttemptRef, JobStore, NewJob } from "../../../jobs/job-store.ts";
import { endedLease } from "../../../jobs/rules/pulse.ts";
import { searchText } from "../../../jobs/rules/search-text.ts";
import { storableSpan, storableText } from "../../../jobs/rules/storable.ts";
import { type JobMove, JobState, jobMoves } from "../../../jobs/states.ts";
import type { JobId } from "../../../runtime/ids.ts";
import { createBatcher } from "./batch.ts";
import {
  allows,
  type Changes,
  idle,
  queuedAfter,
  queuedAfterLoss,
  queuedByHand,
  queuedNow,
  startedOver,
} from "./changes.ts";
import { hasArtifacts, stateIn } from "./conditions.ts";
import type { SqlClient, SqlConnection } from "./connection.ts";
import { createJobs } from "./create-jobs.ts";
import { listJobs } from "./list-jobs.ts";
import { anyRunning, markPulse } from "./pulse.ts";
import {
  claimable,
  dueJobs,
  expiredJobs,
  lostJobs,
  scheduledJobs,
  stateCounts,
  unofferedJobs,
  updatePicked,
} from "./queue-queries.ts";
import { toJob } from "./row.ts";

/** The clients' moves; each is one conditional update. */
type ClientMove = Parameters<JobStore["move"]>[2];

// A batch is one INSERT: large enough to spare commits, small enough for SQLite's limit of 32,766 parameters.
const createBatch = { size: 64, parallel: 2 };

/** The job store over SQL: one implementation for both dialects. Every decision is one conditional statement. */
export function createSqlJobStore(client: SqlClient): JobStore {
  const creates = createBatcher({
    ...createBatch,
    run: async (jobs: readonly NewJob[]) => await createJobs(await client.connection(), jobs),
    wroteNothing: (error) => isAppError(error) && error.code === "internal_error",
  });

  const update = async (changes: (connection: SqlConnection) => Changes, where: SQL | undefined): Promise<Job[]> => {
    const connection = await client.connection();
    const set = { updatedAt: connection.time.now(), ...changes(connection) };
    const rows = await connection.write((db) => db.update(connection.schema.jobs).set(set).where(where).returning());
    return rows.map(toJob);
  };

  /** The conditions that every write of an attempt carries: its number, and that it still runs. */
  const fenced = async ({ jobId, attempt }: AttemptRef, move: JobMove): Promise<SQL | undefined> => {
    const { jobs } = (await client.connection()).schema;
    return and(eq(jobs.id, jobId), eq(jobs.attempt, attempt), allows(move));
  };

  const one = (jobs: readonly Job[]): Job | null => jobs[0] ?? null;

  return {
    create: async (job) => {
      const outcome = await creates.add(job);
      if (isAppError(outcome)) throw outcome;
      return outcome;
    },

    get: async (id, owner) => {
      const connection = await client.connection();
      const rows = await connection.read((db) =>
        db
          .select()
          .from(connection.schema.jobs)
          .where(ownedBy(connection, id, owner)),
      );
      return one(rows.map(toJob));
    },

    list: async (query) => {
      const connection = await client.connection();
      const rows = await connection.read((db) => listJobs(db, connection, query), query.owner ?? "");
      return rows.map(toJob);
    },

    move: async (id, owner, move) => {
      const connection = await client.connection();
      return one(await update((open) => moved(open, move), and(ownedBy(connection, id, owner), allows(move))));
    },

    remove: async (id, owner) => {
      const connection = await client.connection();
      const rows = await connection.write((db) =>
        db
          .delete(connection.schema.jobs)
          .where(ownedBy(connection, id, owner))
          .returning(),
      );
      return one(rows.map(toJob));
    },

    claim: async (ids, { worker, host, leaseMs, alone }) => {
      if (ids.length === 0) return [];
      const connection = await client.connection();
      const { schema, time } = connection;
      const changes: Changes = {
        state: jobMoves.claim.to,
        stage: "resolving",
        attempt: sql`${schema.jobs.attempt} + 1`,
        progress: noProgress,
        warnings: [],
        worker: storableText(worker),
        host: storableText(host),
        leaseUntil: time.plus(time.now(), leaseMs),
        nextAttemptAt: null,
        startedAt: sql`coalesce(${schema.jobs.startedAt}, ${time.now()})`,
        updatedAt: time.now(),
      };
      const rows = await connection.write((db) =>
        updatePicked(db, connection, claimable(db, connection, ids, alone), changes),
      );
      return rows.map(toJob);
    },

    heartbeat: async (ref, leaseMs, patch) => {
      const { stage, progress, media, warnings, engine } = patch;
      const connection = await client.connection();
      const { time } = connection;
      const changes: Changes = {
        leaseUntil: time.plus(time.now(), leaseMs),
        updatedAt: time.now(),
        ...(stage && { stage }),
        ...(progress && { progress }),
        ...(media && { media, searchTitle: searchText(media.title) }),
        ...(warnings && { warnings }),
        ...(engine && { engine }),
      };
      const where = await fenced(ref, "succeed");
      const rows = await connection.write((db) =>
        db.update(connection.schema.jobs).set(changes).where(where).returning({ id: connection.schema.jobs.id }),
      );
      return rows.length > 0;
    },

    succeed: async (ref, { artifacts, progress, media, warnings, engine, retentionMs }) =>
      one(
        await update(
          ({ time }) => ({
            ...idle,
            state: jobMoves.succeed.to,
            artifacts,
            artifactCount: artifacts.length,
            progress,
            warnings,
            ...(media && { media, searchTitle: searchText(media.title) }),
            ...(engine && { engine }),
            error: null,
            finishedAt: time.now(),
            expiresAt: retentionMs === null ? null : time.plus(time.now(), retentionMs),
          }),
          await fenced(ref, "succeed"),
        ),
      ),

    fail: async (ref, error) =>
      one(
        await update(
          ({ schema, time }) => ({
            ...idle,
            state: jobMoves.fail.to,
            error,
            failures: sql`${schema.jobs.failures} + 1`,
            finishedAt: time.now(),
          }),
          await fenced(ref, "fail"),
        ),
      ),

    requeue: async (ref, { error, delayMs, countsAsFailure, alone }) =>
      one(
        await update(
          (connection) => ({
            ...(delayMs > 0 ? queuedAfter(connection, storableSpan(delayMs)) : queuedNow(connection)),
            error,
            failures: sql`${connection.schema.jobs.failures} + ${countsAsFailure ? sql.raw("1") : sql.raw("0")}`,
            ...(alone !== undefined && { alone: alone ? 1 : 0, lostWorkers: 0 }),
          }),
          await fenced(ref, "requeue"),
        ),
      ),

    nextQueued: async (limit, mode) => {
      const connection = await client.connection();
      return await connection.read((db) => dueJobs(db, connection, limit, mode));
    },

    releaseLost: async ({ maxLostWorkers, limit, leaseMs }) => {
      const connection = await client.connection();
      const { schema, time } = connection;
      if ((await connection.read((db) => anyRunning(db, connection))).length === 0) return { requeued: [], failed: [] };
      await connection.write((db) => markPulse(db, connection, leaseMs));
      const isPoison = sql`${schema.jobs.lostWorkers} + 1 >= ${maxLostWorkers}`;
      const again = queuedAfterLoss(connection);
      const changes: Changes = {
        ...again,
        state: sql`case when ${isPoison} then ${jobMoves.fail.to} else ${jobMoves.requeue.to} end`,
        nextAttemptAt: sql`case when ${isPoison} then null else ${again.nextAttemptAt} end`,
        finishedAt: sql`case when ${isPoison} then ${time.now()} end`,
      };
      const rows = await connection.write((db) =>
        updatePicked(db, connection, lostJobs(db, connection, { leaseMs, limit }), changes),
      );
      const jobs = rows.map(toJob);
      return {
        requeued: jobs.filter((job) => job.state === jobMoves.requeue.to),
        failed: jobs.filter((job) => job.state === jobMoves.fail.to),
      };
    },

    expireLeasesOf: async (workers) => {
      if (workers.length === 0) return 0;
      const { jobs } = (await client.connection()).schema;
      const held = and(stateIn(["running"]), inArray(jobs.worker, workers.map(storableText)));
      return (await update(({ time }) => ({ leaseUntil: time.at(endedLease) }), held)).length;
    },

    workersOn: async (host) => {
      const { schema, read } = await client.connection();
      const { jobs } = schema;
      const rows = await read((db) =>
        db
          .selectDistinct({ worker: jobs.worker })
          .from(jobs)
          .where(and(stateIn(["running"]), eq(jobs.host, storableText(host)), isNotNull(jobs.worker)))
          .orderBy(asc(jobs.worker)),
      );
      return rows.flatMap((row) => row.worker ?? []);
    },

    promoteDue: async (limit) => {
      const connection = await client.connection();
      const rows = await connection.write((db) =>
        updatePicked(db, connection, scheduledJobs(db, connection, limit), queuedNow(connection)),
      );
      return rows.map(toJob);
    },

    takeUnoffered: async (olderThanMs, limit, mode) => {
      const connection = await client.connection();
      const rows = await connection.write((db) => {
        const picked = unofferedJobs(db, connection, olderThanMs, limit, mode);
        return updatePicked(db, connection, picked, { offeredAt: connection.time.now() });
      });
      return rows.map(({ id, priority }) => ({ jobId: id, lane: priority }));
    },

    listExpired: async (limit, skip = 0) => {
      const connection = await client.connection();
      return (await connection.read((db) => expiredJobs(db, connection, limit, skip))).map(toJob);
    },

    clearArtifacts: async (id) => {
      const { schema, time } = await client.connection();
      const { jobs } = schema;
      const expired = and(eq(jobs.id, id), hasArtifacts, lte(jobs.expiresAt, time.now()));
      return (await update(() => ({ artifacts: [], artifactCount: 0 }), expired)).length > 0;
    },

    countByState: async () => {
      const connection = await client.connection();
      const rows = await connection.read((db) => stateCounts(db, connection));
      const counts = Object.fromEntries(JobState.options.map((state) => [state, 0])) as Record<JobState, number>;
      for (const { state, count } of rows) counts[state] = count;
      return counts;
    },

    deployment: async () => {
      const { schema, read } = await client.connection();
      const [row] = await read((db) =>
        db.select().from(schema.deployment).orderBy(asc(schema.deployment.createdAt)).limit(1),
      );
      if (row !== undefined) return row;
      throw new AppError("unavailable", "The database does not say which deployment it belongs to.", {
        hint: "Its table `deployment` has lost its row: restore it from a backup.",
      });
    },

    check: (signal) => client.check(signal),
    close: () => client.close(),
  };
}

function ownedBy({ schema: { jobs } }: SqlConnection, id: JobId, owner: string | null): SQL | undefined {
  return and(eq(jobs.id, id), owner === null ? undefined : eq(jobs.owner, storableText(owner)));
}

function moved(connection: SqlConnection, move: ClientMove): Changes {
  switch (move) {
    case "resume":
      return queuedByHand(connection);
    case "retry":
      return { ...queuedByHand(connection), ...startedOver };
    case "pause":
      return { ...idle, state: jobMoves.pause.to, nextAttemptAt: null };
    case "cancel":
      return {
        ...idle,
        state: jobMoves.cancel.to,
        nextAttemptAt: null,
        error: null,
        finishedAt: connection.time.now(),
      };
  }
}
