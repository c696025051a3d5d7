import type { Dispatch } from "../../../jobs/dispatch.ts";
import { queuedNow } from "./changes.ts";
import type { OpenConnection } from "./connection.ts";
import { toJob } from "./job-row.ts";
import { dueJobs, scheduledJobs, unofferedJobs, updatePicked } from "./queue-queries.ts";

/** The order of dispatch over SQL: one implementation for both dialects. */
export function createSqlDispatch(open: OpenConnection): Dispatch {
  return {
    nextQueued: async (limit, mode) => {
      const connection = await open();
      return await connection.read((db) => dueJobs(db, connection, limit, mode));
    },

    promoteDue: async (limit) => {
      const connection = await open();
      const rows = await connection.write((db) =>
        updatePicked(db, connection, scheduledJobs(db, connection, limit), queuedNow(connection)),
      );
      return rows.map(toJob);
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
