import { and, eq, inArray, not, or, type SQL, sql } from "drizzle-orm";
import type { AttemptRef, Attempts } from "../../../jobs/attempts.ts";
import type { Job } from "../../../jobs/job.ts";
import { searchText } from "../../../jobs/rules/search-text.ts";
import { storableSpan, storableText, storedCopy } from "../../../jobs/rules/storable.ts";
import { afterStart } from "../../../jobs/rules/turns.ts";
import { isTerminal, type JobMove, jobMoves } from "../../../jobs/states.ts";
import type { JobId } from "../../../runtime/ids.ts";
import { allows, type Changes, idle, queuedAfter, queuedNow } from "./changes.ts";
import { hasBegun, stateIn } from "./conditions.ts";
import type { OpenConnection, SqlConnection } from "./connection.ts";
import { toJob } from "./job-row.ts";
import { claimable } from "./queue-queries.ts";
import { startJobs, withinLimits } from "./start-jobs.ts";
import { anyWork, endPauses, firstJobs, lockTurns, shareOut, writeTurn } from "./turns.ts";
import { endJobs, updateJobs } from "./update-jobs.ts";

/** The attempts over SQL: one implementation for both dialects. */
export function createSqlAttempts(open: OpenConnection): Attempts {
  /** Ends an attempt, and its job with it or not, unless it is over. */
  const end = async (
    ref: AttemptRef,
    move: JobMove,
    changes: (connection: SqlConnection) => Changes,
  ): Promise<Job | null> => {
    const connection = await open();
    const write = isTerminal(jobMoves[move].to) ? endJobs : updateJobs;
    const [job] = await write(connection, changes(connection), fenced(connection, ref, move));
    return job ?? null;
  };

  return {
    claimNext: async (limit, options) => {
      const connection = await open();
      if (options.hinted !== true) {
        const [work] = await connection.read((db) => anyWork(db, connection));
        if (!work?.found) return [];
      }
      return await connection.transaction(async (db) => {
        const share = () => shareOut(db, connection, "shared", limit);
        await lockTurns(db, connection);
        const first = await share();
        if (first.hasDue) await endPauses(db, connection);
        const { owners, turn, before } = first.hasDue ? await share() : first;
        if (owners.length === 0) {
          if (turn !== before) await writeTurn(db, connection, "shared", turn);
          return [];
        }
        const jobs = db.select({ id: sql<JobId>`picked.id` }).from(firstJobs(connection, "shared", owners));
        const picked = inArray(connection.schema.jobs.id, jobs);
        const pass = writeTurn(db, connection, "shared", turn);
        const rows = await connection.together(db, pass, (on) => startJobs(on, connection, picked, options));
        return rows.map(toJob);
      });
    },

    claim: async (ids, options) => {
      if (ids.length === 0) return [];
      const connection = await open();
      return await connection.transaction(async (db) => {
        const turns = await lockTurns(db, connection);
        const allowed = withinLimits(await claimable(db, connection, ids, options.alone));
        if (allowed.length === 0) return [];
        const last = allowed.findLast(({ alone }) => alone === 1);
        if (last !== undefined) await writeTurn(db, connection, "alone", afterStart(turns.alone, last.owner));
        const chosen = allowed.map(({ id }) => id);
        return (await startJobs(db, connection, inArray(connection.schema.jobs.id, chosen), options)).map(toJob);
      });
    },

    adopt: async (known, { worker, leaseMs }) => {
      const connection = await open();
      const { time } = connection;
      const { jobs } = connection.schema;
      return await connection.transaction(async (db) => {
        // The claim holds the lock until it is over: afterwards it shows, or was undone.
        await lockTurns(db, connection);
        const runsHere = known.map(({ jobId, attempt }) => and(eq(jobs.id, jobId), eq(jobs.attempt, attempt)));
        const unanswered = and(
          stateIn(["running"]),
          hasBegun.no,
          eq(jobs.worker, storableText(worker)),
          runsHere.length === 0 ? undefined : not(or(...runsHere) ?? sql`false`),
        );
        const changes: Changes = { leaseUntil: time.plus(time.now(), leaseMs), updatedAt: time.now() };
        return (await db.update(jobs).set(changes).where(unanswered).returning()).map(toJob);
      });
    },

    heartbeat: async (ref, leaseMs, patch) => {
      const { stage, progress, media, warnings, engine, reuseKey } = patch;
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
        ...(reuseKey !== undefined && { reuseKey }),
      };
      const where = fenced(connection, ref, "succeed");
      const rows = await connection.write((db) => db.update(jobs).set(changes).where(where).returning({ id: jobs.id }));
      return rows.length > 0;
    },

    succeed: (ref, { artifacts, progress, media, warnings, engine, retentionMs, shareable = false }) =>
      end(ref, "succeed", ({ time }) => ({
        ...idle,
        state: jobMoves.succeed.to,
        artifacts,
        artifactCount: artifacts.length,
        shareable: shareable ? 1 : 0,
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

    requeue: (ref, { error, delayMs, countsAsFailure, waiting, alone }) =>
      end(ref, "requeue", (connection) => ({
        ...(delayMs > 0 ? queuedAfter(connection, storableSpan(delayMs)) : queuedNow(connection)),
        error,
        waiting: waiting ? storedCopy(waiting) : null,
        failures: sql`${connection.schema.jobs.failures} + ${countsAsFailure ? sql.raw("1") : sql.raw("0")}`,
        ...(alone !== undefined && { alone: alone ? 1 : 0, lostWorkers: 0 }),
      })),
  };
}

/** The conditions that every write of an attempt carries: its number, and that it still runs. */
function fenced({ schema: { jobs } }: SqlConnection, { jobId, attempt }: AttemptRef, move: JobMove): SQL | undefined {
  return and(eq(jobs.id, jobId), eq(jobs.attempt, attempt), allows(move));
}
