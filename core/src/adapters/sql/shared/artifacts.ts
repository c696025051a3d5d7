import { and, eq, lte } from "drizzle-orm";
import type { Artifacts } from "../../../library/artifacts.ts";
import { hasArtifacts } from "./conditions.ts";
import type { OpenConnection } from "./connection.ts";
import { toJob } from "./job-row.ts";
import { expiredJobs } from "./queue-queries.ts";
import { updateJobs } from "./update-jobs.ts";

/** The artifacts over SQL: one implementation for both dialects. */
export function createSqlArtifacts(open: OpenConnection): Artifacts {
  return {
    listExpired: async (limit, skip = 0) => {
      const connection = await open();
      return (await connection.read((db) => expiredJobs(db, connection, limit, skip))).map(toJob);
    },

    clear: async (id) => {
      const connection = await open();
      const { jobs } = connection.schema;
      const expired = and(eq(jobs.id, id), hasArtifacts, lte(jobs.expiresAt, connection.time.now()));
      return (await updateJobs(connection, { artifacts: [], artifactCount: 0 }, expired)).length > 0;
    },
  };
}
