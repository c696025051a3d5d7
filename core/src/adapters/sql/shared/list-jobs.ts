import { and, desc, eq, inArray, like, or, type SQL, sql } from "drizzle-orm";
import type { JobQuery } from "../../../jobs/job-store.ts";
import { searchText } from "../../../jobs/rules/search-text.ts";
import { storableText, storableTime } from "../../../jobs/rules/storable.ts";
import { stateIn } from "./conditions.ts";
import type { Database, SqlConnection, SqlTime } from "./connection.ts";
import type { Schema } from "./schema.ts";

/** The query of a page, newest first: from a key on, so that a page costs the same however deep it lies. */
export function listJobs(db: Database, { schema, time }: SqlConnection, query: JobQuery) {
  const { jobs } = schema;
  return db
    .select()
    .from(jobs)
    .where(and(...conditions(db, schema, time, query)))
    .orderBy(desc(jobs.createdAt), desc(jobs.id))
    .limit(query.limit);
}

function conditions(db: Database, { jobs, jobLabels }: Schema, time: SqlTime, query: JobQuery): (SQL | undefined)[] {
  const { owner, states, labels, text, after } = query;
  const wanted = Object.entries(labels ?? {}).map(([name, value]) =>
    and(eq(jobLabels.name, storableText(name)), eq(jobLabels.value, storableText(value))),
  );
  return [
    owner === null ? undefined : eq(jobs.owner, storableText(owner)),
    states && (states.length === 0 ? sql`1 = 0` : stateIn(states)),
    text ? or(contains(jobs.searchUrl, text), contains(jobs.searchTitle, text)) : undefined,
    // A comparison of rows, which both databases answer by walking the index from that place.
    after && sql`(${jobs.createdAt}, ${jobs.id}) < (${time.at(storableTime(after.createdAt))}, ${after.id})`,
    ...wanted.slice(0, mostJoined).map((label) => inArray(jobs.id, labelled(db, jobLabels, label))),
    wanted.length > mostJoined ? hasAll(db, { jobs, jobLabels }, wanted.slice(mostJoined)) : undefined,
  ];
}

// The planner begins with the rarest of these. The time it takes to choose grows faster than their number: the work of
// a hundred labels would be done before the first row is read.
const mostJoined = 5;

const labelled = (db: Database, jobLabels: Schema["jobLabels"], label: SQL | undefined) =>
  db.select({ jobId: jobLabels.jobId }).from(jobLabels).where(label);

/** The other labels are counted together, job by job: a job has a name only once. */
function hasAll(
  db: Database,
  { jobs, jobLabels }: Pick<Schema, "jobs" | "jobLabels">,
  wanted: (SQL | undefined)[],
): SQL {
  const found = db
    .select({ count: sql`count(*)` })
    .from(jobLabels)
    .where(and(eq(jobLabels.jobId, jobs.id), or(...wanted)));
  return sql`${found} = ${wanted.length}`;
}

function contains(column: Schema["jobs"]["searchUrl"], text: string): SQL {
  const pattern = `%${searchText(text).replaceAll(/[\\%_]/g, "\\$&")}%`;
  return sql`${like(column, pattern)} escape '\\'`;
}
