import { and, desc, eq, getTableColumns, inArray, like, or, type SQL, sql } from "drizzle-orm";
import type { JobCursor, JobQuery } from "../../../jobs/jobs.ts";
import { searchText } from "../../../jobs/rules/search-text.ts";
import { storableText, storableTime } from "../../../jobs/rules/storable.ts";
import { stateIn } from "./conditions.ts";
import type { QueryBuilder, SqlConnection, SqlTime } from "./connection.ts";
import type { JobRow, Schema } from "./schema.ts";

// Every query ends at its limit, or reads an index that holds nothing but what it looks for. Pages begin after a key, so
// that one costs the same however deep it lies.

type Label = readonly [name: string, value: string];

/** How many of the newest jobs are looked at before an index is asked; what most jobs have, they have too. */
const lookAhead = 500;
// What is rarer than this is where the search begins.
const rare = 200;

/** A page, newest first. */
export async function listJobs(
  db: QueryBuilder,
  connection: SqlConnection,
  query: JobQuery,
): Promise<readonly JobRow[]> {
  const labels = labelsOf(query);
  if (!query.text && labels.length === 0) return await newestJobs(db, connection, query);
  const newest = await lookAtNewest(db, connection, query);
  const hits = newest.filter((job) => job.isHit).slice(0, query.limit);
  const found = hits.length === 0 ? [] : await theseJobs(db, connection, hits);
  const last = newest.at(-1);
  if (hits.length === query.limit || newest.length < lookAhead || last === undefined) return found;
  const rest = { ...query, after: last, limit: query.limit - hits.length };
  return [...found, ...(await indexedJobs(db, connection, rest, labels))];
}

/** The newest jobs of an owner, or in some states. */
export function newestJobs(db: QueryBuilder, { schema, time }: SqlConnection, query: JobQuery) {
  const { jobs } = schema;
  return db
    .select()
    .from(jobs)
    .where(and(ofOwner(schema, query.owner), inStates(query), after(jobs.createdAt, jobs.id, query, time)))
    .orderBy(desc(jobs.createdAt), desc(jobs.id))
    .limit(query.limit);
}

/** Looks at a number of the newest jobs, and says which of them are wanted. */
export function lookAtNewest(db: QueryBuilder, connection: SqlConnection, query: JobQuery) {
  const { schema, time } = connection;
  const { jobs } = schema;
  const wanted = and(holdsText(schema, query), hasLabels(db, schema, labelsOf(query))) ?? sql`1 = 1`;
  return db
    .select({ id: jobs.id, createdAt: jobs.createdAt, isHit: sql<unknown>`(${wanted})`.mapWith(Boolean) })
    .from(jobs)
    .where(and(ofOwner(schema, query.owner), inStates(query), after(jobs.createdAt, jobs.id, query, time)))
    .orderBy(desc(jobs.createdAt), desc(jobs.id))
    .limit(lookAhead);
}

/** What is too rare to be found among the newest: through the index of whatever is rarest. */
async function indexedJobs(
  db: QueryBuilder,
  connection: SqlConnection,
  query: JobQuery,
  labels: readonly Label[],
): Promise<readonly JobRow[]> {
  const first = await rarest(db, connection, query, labels);
  if (query.text && (first === undefined || !first.isRare)) return await searchedJobs(db, connection, query);
  return first === undefined ? [] : await labelledJobs(db, connection, query, first.label);
}

/** Jobs that hold the text, of those that the index of texts names. */
export function searchedJobs(db: QueryBuilder, connection: SqlConnection, query: JobQuery) {
  const { schema, time } = connection;
  const { jobs } = schema;
  const owner = query.owner === null ? null : storableText(query.owner);
  const candidates = connection.searchCandidates(owner, searchText(query.text ?? ""));
  const wanted = [ofOwner(schema, query.owner), inStates(query), after(jobs.createdAt, jobs.id, query, time)];
  return (
    db
      .select(getTableColumns(jobs))
      .from(sql`(${candidates}) as found`)
      // Which for SQLite means in this order: it would rather walk through all jobs in the order of the page.
      .crossJoin(jobs)
      .where(
        and(
          eq(jobs.id, sql`found.job_id`),
          ...wanted,
          holdsText(schema, query),
          hasLabels(db, schema, labelsOf(query)),
        ),
      )
      .orderBy(desc(jobs.createdAt), desc(jobs.id))
      .limit(query.limit)
  );
}

/** Jobs with a label, along the index that holds them in the order of pages. */
export function labelledJobs(db: QueryBuilder, { schema, time }: SqlConnection, query: JobQuery, label: Label) {
  const { jobs, jobLabels } = schema;
  const others = labelsOf(query).filter(([name]) => name !== label[0]);
  return db
    .select(getTableColumns(jobs))
    .from(jobLabels)
    .innerJoin(jobs, eq(jobs.id, jobLabels.jobId))
    .where(
      and(
        isLabel(schema, query.owner, label),
        after(jobLabels.createdAt, jobLabels.jobId, query, time),
        inStates(query),
        holdsText(schema, query),
        hasLabels(db, schema, others),
      ),
    )
    .orderBy(desc(jobLabels.createdAt), desc(jobLabels.jobId))
    .limit(query.limit);
}

/** The label that fewest jobs have, as far as a glance at the index tells. */
async function rarest(db: QueryBuilder, { schema }: SqlConnection, { owner }: JobQuery, labels: readonly Label[]) {
  let fewest: { readonly label: Label; readonly count: number } | undefined;
  for (const label of labels) {
    const some = await db
      .select({ jobId: schema.jobLabels.jobId })
      .from(schema.jobLabels)
      .where(isLabel(schema, owner, label))
      .limit(rare);
    if (fewest === undefined || some.length < fewest.count) fewest = { label, count: some.length };
    if (fewest.count < rare) break;
  }
  return fewest && { label: fewest.label, isRare: fewest.count < rare };
}

function theseJobs(db: QueryBuilder, { schema: { jobs } }: SqlConnection, wanted: readonly Pick<JobRow, "id">[]) {
  const ids = wanted.map(({ id }) => id);
  return db.select().from(jobs).where(inArray(jobs.id, ids)).orderBy(desc(jobs.createdAt), desc(jobs.id));
}

const labelsOf = ({ labels = {} }: JobQuery): Label[] =>
  Object.entries(labels).map(([name, value]) => [storableText(name), storableText(value)]);

function ofOwner({ jobs }: Schema, owner: string | null): SQL | undefined {
  return owner === null ? undefined : eq(jobs.owner, storableText(owner));
}

function inStates({ states }: JobQuery): SQL | undefined {
  return states && (states.length === 0 ? sql`1 = 0` : stateIn(states));
}

/** A comparison of rows, which both databases answer by walking an index from that place. */
function after(
  createdAt: Schema["jobs"]["createdAt"] | Schema["jobLabels"]["createdAt"],
  id: Schema["jobs"]["id"] | Schema["jobLabels"]["jobId"],
  { after: place }: { readonly after?: JobCursor },
  time: SqlTime,
): SQL | undefined {
  return place && sql`(${createdAt}, ${id}) < (${time.at(storableTime(place.createdAt))}, ${place.id})`;
}

function isLabel({ jobLabels }: Schema, owner: string | null, [name, value]: Label): SQL | undefined {
  const its = owner === null ? undefined : eq(jobLabels.owner, storableText(owner));
  return and(eq(jobLabels.name, name), eq(jobLabels.value, value), its);
}

/** Labels are counted together, job by job: a job has a name only once. */
function hasLabels(db: QueryBuilder, { jobs, jobLabels }: Schema, labels: readonly Label[]): SQL | undefined {
  if (labels.length === 0) return undefined;
  const wanted = labels.map(([name, value]) => and(eq(jobLabels.name, name), eq(jobLabels.value, value)));
  const found = db
    .select({ count: sql`count(*)` })
    .from(jobLabels)
    .where(and(eq(jobLabels.jobId, jobs.id), or(...wanted)));
  return sql`${found} = ${labels.length}`;
}

function holdsText({ jobs }: Schema, { text }: JobQuery): SQL | undefined {
  return text ? or(contains(jobs.searchUrl, text), contains(jobs.searchTitle, text)) : undefined;
}

function contains(column: Schema["jobs"]["searchUrl"], text: string): SQL {
  const pattern = `%${searchText(text).replaceAll(/[\\%_]/g, "\\$&")}%`;
  return sql`${like(column, pattern)} escape '\\'`;
}
