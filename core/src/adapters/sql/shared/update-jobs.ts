import type { SQL } from "drizzle-orm";
import type { Job } from "../../../jobs/job.ts";
import { afterEnd } from "./after-end.ts";
import type { Changes } from "./changes.ts";
import type { SqlConnection } from "./connection.ts";
import { toJob } from "./job-row.ts";

/** Changes the jobs that a condition holds for, in one statement, and returns them as they are then. */
export async function updateJobs(connection: SqlConnection, changes: Changes, where: SQL | undefined): Promise<Job[]> {
  const { jobs } = connection.schema;
  const set = { updatedAt: connection.time.now(), ...changes };
  return (await connection.write((db) => db.update(jobs).set(set).where(where).returning())).map(toJob);
}

/** The same for changes that end jobs, in one transaction with what follows from it. */
export async function endJobs(connection: SqlConnection, changes: Changes, where: SQL | undefined): Promise<Job[]> {
  const { jobs } = connection.schema;
  const set = { updatedAt: connection.time.now(), ...changes };
  return await connection.transaction(async (db) => {
    const ended = (await db.update(jobs).set(set).where(where).returning()).map(toJob);
    await afterEnd(db, connection, ended);
    return ended;
  });
}
