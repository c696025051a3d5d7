import { and, desc, eq, getTableColumns, inArray, like, or, type SQL, sql } from "drizzle-orm";
import type { JobQuery } from "../../../jobs/jobs.ts";
import { isOrderedByEnd, statesOf } from "../../../jobs/rules/list-order.ts";
import { searchText } from "../../../jobs/rules/search-text.ts";
import { storableText } from "../../../jobs/rules/storable.ts";
import { stateIn } from "./conditions.ts";
import type { QueryBuilder, SqlConnection } from "./connection.ts";
import { after, inCodes, inStates, inTimes, ofOwner, orderOf } from "./list-conditions.ts";
import type { JobRow, Schema } from "./schema.ts";

// Every query stops at its limit, or reads an index that holds nothing but what it looks for. Pages begin after a key, so
// that a deep one costs what the first one does.

type Label = readonly [name: string, value: string];

/** How many of the newest jobs are scanned before an index is used: what many jobs have is likely to be among them. */
const lookAhead = 500;
// A label or code that fewer jobs have than this is selective enough to begin with its index.
const rare = 200;

/** A page, newest first. */
export async function listJobs(
  db: QueryBuilder,
  connection: SqlConnection,
  query: JobQuery,
): Promise<readonly JobRow[]> {
  const labels = labelsOf(query);
  if (!query.text && !query.codes && labels.length === 0)
    return await (isOneWalk(query) ? newestJobs : mergedJobs)(db, connection, query);
  const newest = await lookAtNewest(db, connection, query);
  const hits = newest.filter((job) => job.isHit).slice(0, query.limit);
  const found = hits.length === 0 ? [] : await theseJobs(db, connection, query, hits);
  const last = newest.at(-1);
  if (hits.length === query.limit || newest.length < lookAhead || last?.at == null) return found;
  const rest = { ...query, after: { createdAt: last.at, id: last.id }, limit: query.limit - hits.length };
  return [...found, ...(await indexedJobs(db, connection, rest, labels))];
}

/** The newest jobs of an owner, or in a state: one scan of one index. */
export function newestJobs(db: QueryBuilder, connection: SqlConnection, query: JobQuery) {
  const { jobs } = connection.schema;
  return db
    .select(getTableColumns(jobs))
    .from(jobs)
    .where(and(inRange(connection, query), inStates(query)))
    .orderBy(...orderBy(connection.schema, query))
    .limit(query.limit);
}

/** The newest jobs in several states, or of a time in which they ended. */
export function mergedJobs(db: QueryBuilder, connection: SqlConnection, query: JobQuery) {
  const { jobs } = connection.schema;
  return db
    .select(getTableColumns(jobs))
    .from(sql`(${firstOf(connection, query, query.limit)}) as found`)
    .crossJoin(jobs)
    .where(eq(jobs.id, sql`found.id`))
    .orderBy(...orderBy(connection.schema, query))
    .limit(query.limit);
}

/** Looks at a number of the newest jobs, and says which of them are wanted. */
export function lookAtNewest(db: QueryBuilder, connection: SqlConnection, query: JobQuery) {
  const { schema } = connection;
  const { jobs } = schema;
  const wanted = and(holdsText(schema, query), hasLabels(db, schema, labelsOf(query)), inCodes(query)) ?? sql`1 = 1`;
  const isHit = sql<unknown>`(${wanted})`.mapWith(Boolean);
  const fields = { id: jobs.id, at: orderOf(schema, query), isHit };
  if (isOneWalk(query)) {
    return db
      .select(fields)
      .from(jobs)
      .where(and(inRange(connection, query), inStates(query)))
      .orderBy(...orderBy(schema, query))
      .limit(lookAhead);
  }
  return db
    .select(fields)
    .from(sql`(${firstOf(connection, query, lookAhead)}) as found`)
    .crossJoin(jobs)
    .where(eq(jobs.id, sql`found.id`))
    .orderBy(...orderBy(schema, query))
    .limit(lookAhead);
}

/** Whether a list is one scan of one index: each state has its own part of the index. */
const isOneWalk = (query: JobQuery): boolean =>
  !isOrderedByEnd(query) && (query.owner === null || query.states === undefined || query.states.length < 2);

/** A select of the ids that a list begins with, in any order: of each part of the index no more is read than that. */
function firstOf(connection: SqlConnection, query: JobQuery, limit: number): SQL {
  const { schema } = connection;
  const { jobs } = schema;
  const walk = (condition: SQL | undefined): SQL =>
    sql`select ${jobs.id} as id from ${jobs} where ${and(inRange(connection, query), condition) ?? sql`1 = 1`} order by ${sql.join(
      orderBy(schema, query),
      sql`, `,
    )} limit ${limit}`;
  const states = statesOf(query);
  if (isOneWalk(query) || states === undefined || states.length === 0) {
    return walk(states && (states.length === 0 ? sql`1 = 0` : stateIn(states)));
  }
  const walks = [...new Set(states)].map(
    (state) => sql`select id from (${walk(stateIn([state]))}) as ${sql.raw(`in_${state}`)}`,
  );
  return sql.join(walks, sql` union all `);
}

/** The bounds of a scan. */
function inRange(connection: SqlConnection, query: JobQuery): SQL | undefined {
  const { schema, time } = connection;
  return and(
    ofOwner(schema, query.owner),
    inTimes(connection, query),
    after(orderOf(schema, query), schema.jobs.id, query, time),
  );
}

const orderBy = (schema: Schema, query: JobQuery): [SQL, SQL] => [desc(orderOf(schema, query)), desc(schema.jobs.id)];

/** What is too rare to be found among the newest: through the index of whatever is rarest. */
async function indexedJobs(
  db: QueryBuilder,
  connection: SqlConnection,
  query: JobQuery,
  labels: readonly Label[],
): Promise<readonly JobRow[]> {
  const first = await rarest(db, connection, query, labels);
  const isRare = first !== undefined && first.count < rare;
  if (query.text && !isRare) return await searchedJobs(db, connection, query);
  if (first === undefined) return [];
  // The indexes of labels and codes are in the order of creation.
  if (isOrderedByEnd(query) && !isRare) return await walkedJobs(db, connection, query);
  return await (first.label === null
    ? codedJobs(db, connection, query)
    : labelledJobs(db, connection, query, first.label));
}

/** Jobs that ended within a time, of which most are wanted or an index does not help. */
async function walkedJobs(db: QueryBuilder, connection: SqlConnection, query: JobQuery): Promise<readonly JobRow[]> {
  const found: JobRow[] = [];
  for (let place = query; found.length < query.limit; ) {
    const newest = await lookAtNewest(db, connection, place);
    const hits = newest.filter((job) => job.isHit).slice(0, query.limit - found.length);
    if (hits.length > 0) found.push(...(await theseJobs(db, connection, query, hits)));
    const last = newest.at(-1);
    if (newest.length < lookAhead || last?.at == null) break;
    place = { ...query, after: { createdAt: last.at, id: last.id } };
  }
  return found;
}

/** Jobs whose error has one of the codes, along the index of codes. */
export function codedJobs(db: QueryBuilder, connection: SqlConnection, query: JobQuery) {
  const { schema } = connection;
  return db
    .select(getTableColumns(schema.jobs))
    .from(schema.jobs)
    .where(
      and(
        inRange(connection, query),
        inCodes(query),
        inStates(query),
        holdsText(schema, query),
        hasLabels(db, schema, labelsOf(query)),
      ),
    )
    .orderBy(...orderBy(schema, query))
    .limit(query.limit);
}

/** Jobs that hold the text, of those that the index of texts names. */
export function searchedJobs(db: QueryBuilder, connection: SqlConnection, query: JobQuery) {
  const { schema } = connection;
  const { jobs } = schema;
  const owner = query.owner === null ? null : storableText(query.owner);
  const candidates = connection.searchCandidates(owner, searchText(query.text ?? ""));
  const wanted = [inRange(connection, query), inStates(query), inCodes(query)];
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
      .orderBy(...orderBy(schema, query))
      .limit(query.limit)
  );
}

/** Jobs with a label, along the index that holds them in the order of pages. */
export function labelledJobs(db: QueryBuilder, connection: SqlConnection, query: JobQuery, label: Label) {
  const { schema, time } = connection;
  const { jobs, jobLabels } = schema;
  const others = labelsOf(query).filter(([name]) => name !== label[0]);
  const byEnd = isOrderedByEnd(query);
  const place = byEnd
    ? after(jobs.finishedAt, jobs.id, query, time)
    : after(jobLabels.createdAt, jobLabels.jobId, query, time);
  return db
    .select(getTableColumns(jobs))
    .from(jobLabels)
    .innerJoin(jobs, eq(jobs.id, jobLabels.jobId))
    .where(
      and(
        isLabel(schema, query.owner, label),
        place,
        inTimes(connection, query),
        inStates(query),
        inCodes(query),
        holdsText(schema, query),
        hasLabels(db, schema, others),
      ),
    )
    .orderBy(...(byEnd ? orderBy(schema, query) : [desc(jobLabels.createdAt), desc(jobLabels.jobId)]))
    .limit(query.limit);
}

/** The label that fewest jobs have, or the codes (`label: null`), as far as a bounded count in the indexes tells. */
async function rarest(db: QueryBuilder, { schema }: SqlConnection, query: JobQuery, labels: readonly Label[]) {
  const { jobs, jobLabels } = schema;
  let fewest: { readonly label: Label | null; readonly count: number } | undefined;
  const note = (label: Label | null, { length: count }: readonly unknown[]): void => {
    if (fewest === undefined || count < fewest.count) fewest = { label, count };
  };
  if (query.codes !== undefined) {
    const its = and(ofOwner(schema, query.owner), inCodes(query));
    note(null, await db.select({ id: jobs.id }).from(jobs).where(its).limit(rare));
  }
  for (const label of labels) {
    if (fewest !== undefined && fewest.count < rare) break;
    const its = isLabel(schema, query.owner, label);
    note(label, await db.select({ jobId: jobLabels.jobId }).from(jobLabels).where(its).limit(rare));
  }
  return fewest as { readonly label: Label | null; readonly count: number } | undefined;
}

function theseJobs(
  db: QueryBuilder,
  { schema }: SqlConnection,
  query: JobQuery,
  wanted: readonly Pick<JobRow, "id">[],
) {
  const { jobs } = schema;
  const ids = wanted.map(({ id }) => id);
  return db
    .select()
    .from(jobs)
    .where(inArray(jobs.id, ids))
    .orderBy(...orderBy(schema, query));
}

const labelsOf = ({ labels = {} }: JobQuery): Label[] =>
  Object.entries(labels).map(([name, value]) => [storableText(name), storableText(value)]);

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
