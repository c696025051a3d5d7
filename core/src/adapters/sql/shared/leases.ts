import { and, asc, eq, inArray, isNotNull, sql } from "drizzle-orm";
import type { Leases } from "../../../jobs/leases.ts";
import { endedLease } from "../../../jobs/rules/reachability.ts";
import { storableText } from "../../../jobs/rules/storable.ts";
import { jobMoves } from "../../../jobs/states.ts";
import { afterEnd } from "./after-end.ts";
import { type Changes, queuedAfterLoss, queuedInPlace } from "./changes.ts";
import { stateIn } from "./conditions.ts";
import type { OpenConnection } from "./connection.ts";
import { toJob } from "./job-row.ts";
import { lostJobs, updatePicked } from "./queue-queries.ts";
import { anyRunning, recentMark, recordReachable } from "./reachability.ts";
import { updateJobs } from "./update-jobs.ts";

/** The leases over SQL: one implementation for both dialects. */
export function createSqlLeases(open: OpenConnection): Leases {
  return {
    releaseLost: async ({ maxLostWorkers, limit, leaseMs }) => {
      const connection = await open();
      const { schema, time } = connection;
      if ((await connection.read((db) => anyRunning(db, connection))).length === 0)
        return { requeued: [], failed: [], unbegun: [] };
      await connection.write((db) => recordReachable(db, connection, leaseMs));
      const isPoison = sql`${schema.jobs.lostWorkers} + 1 >= ${maxLostWorkers}`;
      const again = queuedAfterLoss(connection);
      const changes: Changes = {
        ...again,
        state: sql`case when ${isPoison} then ${jobMoves.fail.to} else ${jobMoves.requeue.to} end`,
        nextAttemptAt: sql`case when ${isPoison} then null else ${again.nextAttemptAt} end`,
        finishedAt: sql`case when ${isPoison} then ${time.now()} end`,
      };
      return await connection.transaction(async (db) => {
        const lost = (begun: "yes" | "no") => lostJobs(db, connection, { leaseMs, limit }, begun);
        const [begun, others] = await Promise.all([
          updatePicked(db, connection, lost("yes"), changes),
          updatePicked(db, connection, lost("no"), queuedInPlace(connection)),
        ]);
        const [jobs, unbegun] = [begun.map(toJob), others.map(toJob)];
        const failed = jobs.filter((job) => job.state === jobMoves.fail.to);
        await afterEnd(db, connection, failed);
        return { requeued: jobs.filter((job) => job.state === jobMoves.requeue.to), failed, unbegun };
      });
    },

    markReachable: async (leaseMs) => {
      const connection = await open();
      if ((await connection.read((db) => anyRunning(db, connection))).length === 0) return;
      if ((await connection.read((db) => recentMark(db, connection, leaseMs / 8))).length > 0) return;
      await connection.write((db) => recordReachable(db, connection, leaseMs));
    },

    expire: async (workers) => {
      if (workers.length === 0) return 0;
      const connection = await open();
      const held = and(stateIn(["running"]), inArray(connection.schema.jobs.worker, workers.map(storableText)));
      return (await updateJobs(connection, { leaseUntil: connection.time.at(endedLease) }, held)).length;
    },

    workersOn: async (host) => {
      const { schema, read } = await open();
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
  };
}
