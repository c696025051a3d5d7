import { sql } from "drizzle-orm";
import { noLimits } from "../../../accounts/limits.ts";
import type { Dispatch, Hold } from "../../../jobs/dispatch.ts";
import type { Priority } from "../../../jobs/request-values.ts";
import { roomOf } from "../../../jobs/rules/turns.ts";
import type { JobId } from "../../../runtime/ids.ts";
import { queuedNow } from "./changes.ts";
import type { OpenConnection } from "./connection.ts";
import { toJob } from "./job-row.ts";
import { scheduledJobs, unofferedJobs, updatePicked, waitingJobs } from "./queue-queries.ts";
import { endPauses, firstJobs, ownersUse, shareOut } from "./turns.ts";

/** The order of dispatch over SQL: one implementation for both dialects. */
export function createSqlDispatch(open: OpenConnection): Dispatch {
  return {
    nextQueued: async (limit, mode = "shared") => {
      const connection = await open();
      const share = () => connection.read((db) => shareOut(db, connection, mode, limit));
      let { owners, hasDue } = await share();
      if (hasDue) {
        await connection.write((db) => endPauses(db, connection));
        ({ owners } = await share());
      }
      if (owners.length === 0) return [];
      const rows = await connection.read((db) =>
        db
          .select({
            id: sql<JobId>`picked.id`,
            owner: sql<string>`picked.owner`,
            priority: sql<Priority>`picked.priority`,
            rank: sql`picked.rank`.mapWith(connection.schema.jobs.rank),
          })
          .from(firstJobs(connection, mode, owners)),
      );
      rows.sort((a, b) => a.rank.getTime() - b.rank.getTime() || (a.id < b.id ? -1 : 1));
      const waiting = Map.groupBy(rows, ({ owner }) => owner);
      return owners.flatMap((owner) => {
        const job = waiting.get(owner)?.shift();
        return job === undefined ? [] : { jobId: job.id, lane: job.priority };
      });
    },

    holds: async (owners) => {
      if (owners.length === 0) return new Map();
      const connection = await open();
      const rows = await connection.read((db) => ownersUse(db, connection, owners));
      return new Map(
        rows.flatMap(({ owner, running, limits, others }): [string, Hold][] => {
          if (roomOf({ ready: 1, running, limits: limits ?? noLimits }) === 0) return [[owner, "quota"]];
          return others > 0 ? [[owner, "fair_share"]] : [];
        }),
      );
    },

    promoteDue: async (limit) => {
      const connection = await open();
      const rows = await connection.write((db) =>
        updatePicked(db, connection, scheduledJobs(db, connection, limit), queuedNow(connection)),
      );
      return rows.map(toJob);
    },

    endWaiting: async (reason, limit) => {
      const connection = await open();
      const rows = await connection.write((db) =>
        updatePicked(db, connection, waitingJobs(db, connection, reason, limit), queuedNow(connection)),
      );
      return rows.map(({ id, priority }) => ({ jobId: id, lane: priority }));
    },

    takeUnoffered: async (olderThanMs, limit, mode) => {
      const connection = await open();
      const rows = await connection.write((db) => {
        const picked = unofferedJobs(db, connection, olderThanMs, limit, mode);
        return updatePicked(db, connection, picked, { offeredAt: connection.time.now() });
      });
      return rows.map(({ id, priority }) => ({ jobId: id, lane: priority }));
    },
  };
}
