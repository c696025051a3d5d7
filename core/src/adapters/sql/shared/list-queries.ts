import { and, desc, eq, getTableColumns, like, or, type SQL, sql } from "drizzle-orm";
import type { JobQuery } from "../../../jobs/jobs.ts";
import { isOrderedByEnd, statesOf } from "../../../jobs/rules/list-order.ts";
import { searchText } from "../../../jobs/rules/search-text.ts";
import { storableText } from "../../../jobs/rules/storable.ts";
import { stateIn } from "./conditions.ts";
import type { QueryBuilder, SqlConnection } from "./connection.ts";
import { after, inCodes, inStates, inTimes, ofOrigin, ofOwner, orderOf } from "./list-conditions.ts";
import type { Schema } from "./schema.ts";

// The statements of a list. Each walks one index.

export type Label = readonly [name: string, value: string];

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
export function lookAtNewest(db: QueryBuilder, connection: SqlConnection, query: JobQuery, size: number) {
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
      .limit(size);
  }
  return db
    .select(fields)
    .from(sql`(${firstOf(connection, query, size)}) as found`)
    .crossJoin(jobs)
    .where(eq(jobs.id, sql`found.id`))
    .orderBy(...orderBy(schema, query))
    .limit(size);
}

/** Whether a list is one scan of one index: each state has its own part of the index. */
export const isOneWalk = (query: JobQuery): boolean =>
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

export const orderBy = (schema: Schema, query: JobQuery): [SQL, SQL] => [
  desc(orderOf(schema, query)),
  desc(schema.jobs.id),
];

/** Children of a batch, or what a schedule made: along the index that holds them and no others. */
export function originJobs(db: QueryBuilder, connection: SqlConnection, query: JobQuery) {
  const { schema } = connection;
  return db
    .select(getTableColumns(schema.jobs))
    .from(schema.jobs)
    .where(
      and(
        ofOrigin(schema, query),
        // Written so that it leads to no other index: each holds more than this one.
        query.owner === null ? undefined : sql`coalesce(${schema.jobs.owner}, '') = ${storableText(query.owner)}`,
        inTimes(connection, query),
        after(orderOf(schema, query), schema.jobs.id, query, connection.time),
        inStates(query),
        inCodes(query),
        holdsText(schema, query),
        hasLabels(db, schema, labelsOf(query)),
      ),
    )
    .orderBy(...orderBy(schema, query))
    .limit(query.limit);
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
  const { jobs } = connection.schema;
  return (
    db
      .select(getTableColumns(jobs))
      .from(candidatesOf(connection, query))
      // Which for SQLite means in this order: it would rather walk through all jobs in the order of the page.
      .crossJoin(jobs)
      .where(isCandidate(db, connection, query))
      .orderBy(...orderBy(connection.schema, query))
      .limit(query.limit)
  );
}

/** Some of them: those that the index names first. They are in no order, since a database that has to order them reads all. */
export function someWithText(db: QueryBuilder, connection: SqlConnection, query: JobQuery, most: number) {
  const { jobs } = connection.schema;
  return db
    .select({ id: jobs.id, at: orderOf(connection.schema, query) })
    .from(candidatesOf(connection, query))
    .crossJoin(jobs)
    .where(isCandidate(db, connection, query))
    .limit(most);
}

const isCandidate = (db: QueryBuilder, connection: SqlConnection, query: JobQuery): SQL | undefined =>
  and(
    eq(connection.schema.jobs.id, sql`found.job_id`),
    inRange(connection, query),
    inStates(query),
    inCodes(query),
    holdsText(connection.schema, query),
    hasLabels(db, connection.schema, labelsOf(query)),
  );

/** The jobs that the index of texts names. */
function candidatesOf(connection: SqlConnection, { owner, text }: JobQuery): SQL {
  const candidates = connection.searchCandidates(owner && storableText(owner), searchText(text ?? ""));
  return sql`(${candidates}) as found`;
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

export const labelsOf = ({ labels = {} }: JobQuery): Label[] =>
  Object.entries(labels).map(([name, value]) => [storableText(name), storableText(value)]);

export function isLabel({ jobLabels }: Schema, owner: string | null, [name, value]: Label): SQL | undefined {
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
