import { and, inArray } from "drizzle-orm";
import type { JobQuery } from "../../../jobs/jobs.ts";
import { isOrderedByEnd } from "../../../jobs/rules/list-order.ts";
import type { QueryBuilder, SqlConnection } from "./connection.ts";
import { inCodes, ofOwner } from "./list-conditions.ts";
import {
  codedJobs,
  isLabel,
  isOneWalk,
  type Label,
  labelledJobs,
  labelsOf,
  lookAtNewest,
  mergedJobs,
  newestJobs,
  orderBy,
  originJobs,
  searchedJobs,
  someWithText,
} from "./list-queries.ts";
import type { JobRow } from "./schema.ts";

// Every query stops at its limit, or reads an index that holds nothing but what it looks for. Pages begin after a key, so
// that a deep one costs what the first one does.

/** How many of the newest jobs are scanned before an index is used: what many jobs have is likely to be among them. */
const lookAhead = 500;
/** Each further look is at twice as many jobs as the one before, up to this. */
const mostAtOnce = 8_000;
/** The looks go on while so many jobs are expected to fill the page, or while one in fifty is wanted. */
const expectedLook = 5_000;
const isOften = 1 / 50;
/** A text that so many jobs hold is looked for in the order of the page, among so many. */
const manyMatches = 2_000;
const longestLook = 50_000;
// A label or code that fewer jobs have than this is selective enough to begin with its index.
const rare = 200;
/** How far labels and codes are counted to find out which is the rarest. */
const glances = [rare, 20_000] as const;

/** A page, newest first. */
export async function listJobs(
  db: QueryBuilder,
  connection: SqlConnection,
  query: JobQuery,
): Promise<readonly JobRow[]> {
  if ((query.batchId ?? query.scheduleId) !== undefined) return await originJobs(db, connection, query);
  const labels = labelsOf(query);
  if (!query.text && !query.codes && labels.length === 0)
    return await (isOneWalk(query) ? newestJobs : mergedJobs)(db, connection, query);
  if (asksForLabelsAlone(query)) return await indexedJobs(db, connection, query, labels);
  const { hits, after } = await walk(db, connection, query, (found, seen) => {
    const share = found / seen;
    return share >= isOften || (query.limit - found) / share <= expectedLook;
  });
  const found = await theseOf(db, connection, query, hits);
  if (after === null) return found;
  const rest = { ...query, after, limit: query.limit - hits.length };
  return [...found, ...(await indexedJobs(db, connection, rest, labels))];
}

/**
 * Looks at the newest jobs, some at a time, until a page is full or there are no more.
 *
 * @param goesOn whether to look further, after so many were found among so many
 */
async function walk(
  db: QueryBuilder,
  connection: SqlConnection,
  query: JobQuery,
  goesOn: (found: number, seen: number) => boolean,
) {
  const hits: Pick<JobRow, "id">[] = [];
  for (let [place, looked, size] = [query, 0, lookAhead]; ; size = Math.min(2 * size, mostAtOnce)) {
    const newest = await lookAtNewest(db, connection, place, size);
    hits.push(...newest.filter((job) => job.isHit).slice(0, query.limit - hits.length));
    looked += newest.length;
    const last = newest.at(-1);
    if (hits.length === query.limit || newest.length < size || last?.at == null) return { hits, after: null };
    const after = { createdAt: last.at, id: last.id };
    if (!goesOn(hits.length, looked)) return { hits, after };
    place = { ...query, after };
  }
}

/** The index of labels is in the order of the page: nothing is looked at that is not wanted. */
const asksForLabelsAlone = ({ text, codes, states, createdAfter, createdBefore, ...ends }: JobQuery): boolean =>
  !text &&
  (codes ?? states ?? createdAfter ?? createdBefore ?? ends.finishedAfter ?? ends.finishedBefore) === undefined;

/** What is too rare to be found among the newest: through the index of whatever is rarest. */
async function indexedJobs(
  db: QueryBuilder,
  connection: SqlConnection,
  query: JobQuery,
  labels: readonly Label[],
): Promise<readonly JobRow[]> {
  const first = await rarest(db, connection, query, labels);
  const isRare = first?.isRare === true;
  if (query.text && !isRare) return await jobsWithText(db, connection, query);
  if (first === undefined) return [];
  // The indexes of labels and codes are in the order of creation.
  if (isOrderedByEnd(query) && !isRare) return await walkedJobs(db, connection, query);
  return await (first.label === null
    ? codedJobs(db, connection, query)
    : labelledJobs(db, connection, query, first.label));
}

/**
 * Jobs that hold a text which few of the newest do. The index names them in no order, so that of many it would have to name all
 * for a page; those are looked for in the order of the page, which is soon full unless they all are old.
 */
async function jobsWithText(db: QueryBuilder, connection: SqlConnection, query: JobQuery): Promise<readonly JobRow[]> {
  const some = await someWithText(db, connection, query, manyMatches);
  if (some.length < manyMatches) {
    const page = some.toSorted((a, b) => Number(b.at) - Number(a.at) || (a.id < b.id ? 1 : -1)).slice(0, query.limit);
    return await theseOf(db, connection, query, page);
  }
  const { hits, after } = await walk(db, connection, query, (_, seen) => seen < longestLook);
  const found = await theseOf(db, connection, query, hits);
  if (after === null) return found;
  return [...found, ...(await searchedJobs(db, connection, { ...query, after, limit: query.limit - hits.length }))];
}

/** Jobs that ended within a time, of which most are wanted or an index does not help. */
async function walkedJobs(db: QueryBuilder, connection: SqlConnection, query: JobQuery): Promise<readonly JobRow[]> {
  const { hits } = await walk(db, connection, query, () => true);
  return await theseOf(db, connection, query, hits);
}

/** The label that fewest jobs have, or the codes (`label: null`), as far as bounded counts in the indexes tell. */
async function rarest(db: QueryBuilder, { schema }: SqlConnection, query: JobQuery, labels: readonly Label[]) {
  const { jobs, jobLabels } = schema;
  const all = [...(query.codes === undefined ? [] : [null]), ...labels];
  const glance = (label: Label | null, limit: number): PromiseLike<readonly unknown[]> => {
    const its =
      label === null ? and(ofOwner(schema, query.owner), inCodes(query)) : isLabel(schema, query.owner, label);
    return label === null
      ? db.select({ id: jobs.id }).from(jobs).where(its).limit(limit)
      : db.select({ id: jobLabels.jobId }).from(jobLabels).where(its).limit(limit);
  };
  for (const limit of all.length > 1 && !query.text ? glances : [rare]) {
    for (const label of all) {
      const { length: count } = await glance(label, limit);
      if (count < limit) return { label, isRare: count < rare };
    }
  }
  return all[0] === undefined ? undefined : { label: all[0], isRare: false };
}

async function theseOf(
  db: QueryBuilder,
  { schema }: SqlConnection,
  query: JobQuery,
  wanted: readonly Pick<JobRow, "id">[],
): Promise<readonly JobRow[]> {
  if (wanted.length === 0) return [];
  const { jobs } = schema;
  const ids = wanted.map(({ id }) => id);
  return await db
    .select()
    .from(jobs)
    .where(inArray(jobs.id, ids))
    .orderBy(...orderBy(schema, query));
}
