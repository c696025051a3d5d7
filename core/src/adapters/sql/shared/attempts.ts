import { and, eq, type SQL, sql } from "drizzle-orm";
import type { AttemptRef, Attempts } from "../../../jobs/attempts.ts";
import { type Job, noProgress } from "../../../jobs/job.ts";
import { searchText } from "../../../jobs/rules/search-text.ts";
import { storableSpan, storableText } from "../../../jobs/rules/storable.ts";
import { type JobMove, jobMoves } from "../../../jobs/states.ts";
import { allows, type Changes, idle, queuedAfter, queuedNow } from "./changes.ts";
import type { OpenConnection, SqlConnection } from "./connection.ts";
import { toJob } from "./job-row.ts";
import { claimable, updatePicked } from "./queue-queries.ts";
import { updateJobs } from "./update-jobs.ts";

/** The attempts over SQL: one implementation for both dialects. */
export function createSqlAttempts(open: OpenConnection): Attempts {
  /** Ends an attempt, unless it is over. */
  const end = async (
    ref: AttemptRef,
    move: JobMove,
    changes: (connection: SqlConnection) => Changes,
  ): Promise<Job | null> => {
    const connection = await open();
    const [job] = await updateJobs(connection, changes(connection), fenced(connection, ref, move));
    return job ?? null;
  };

  return {
    claim: async (ids, { worker, host, leaseMs, alone }) => {
      if (ids.length === 0) return [];
      const connection = await open();
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
      const connection = await open();
      const { time } = connection;
      const { jobs } = connection.schema;
      const changes: Changes = {
        leaseUntil: time.plus(time.now(), leaseMs),
        updatedAt: time.now(),
        ...(stage && { stage }),
        ...(progress && { progress }),
        ...(media && { media, searchTitle: searchText(media.title) }),
        ...(warnings && { warnings }),
        ...(engine && { engine }),
      };
      const where = fenced(connection, ref, "succeed");
      const rows = await connection.write((db) => db.update(jobs).set(changes).where(where).returning({ id: jobs.id }));
      return rows.length > 0;
    },

    succeed: (ref, { artifacts, progress, media, warnings, engine, retentionMs }) =>
      end(ref, "succeed", ({ time }) => ({
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
      })),

    fail: (ref, error) =>
      end(ref, "fail", ({ schema, time }) => ({
        ...idle,
        state: jobMoves.fail.to,
        error,
        failures: sql`${schema.jobs.failures} + 1`,
        finishedAt: time.now(),
      })),

    requeue: (ref, { error, delayMs, countsAsFailure, alone }) =>
      end(ref, "requeue", (connection) => ({
        ...(delayMs > 0 ? queuedAfter(connection, storableSpan(delayMs)) : queuedNow(connection)),
        error,
        failures: sql`${connection.schema.jobs.failures} + ${countsAsFailure ? sql.raw("1") : sql.raw("0")}`,
        ...(alone !== undefined && { alone: alone ? 1 : 0, lostWorkers: 0 }),
      })),
  };
}

/** The conditions that every write of an attempt carries: its number, and that it still runs. */
function fenced({ schema: { jobs } }: SqlConnection, { jobId, attempt }: AttemptRef, move: JobMove): SQL | undefined {
  return and(eq(jobs.id, jobId), eq(jobs.attempt, attempt), allows(move));
}
