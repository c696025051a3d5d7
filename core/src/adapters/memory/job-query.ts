import type { Job } from "../../jobs/job.ts";
import type { JobQuery } from "../../jobs/jobs.ts";
import { placeOf, statesOf } from "../../jobs/rules/list-order.ts";
import { searchText } from "../../jobs/rules/search-text.ts";
import { storableText } from "../../jobs/rules/storable.ts";

/** The order of ids. */
export const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The order of a list. */
export const newestFirst =
  (query: JobQuery) =>
  (a: Job, b: Job): number =>
    Number(placeOf(b, query).createdAt) - Number(placeOf(a, query).createdAt) || compare(b.id, a.id);

/** Whether a job belongs to what a query asks for. */
export function matches(job: Job, query: JobQuery): boolean {
  const { owner, labels, text, after, codes } = query;
  const states = statesOf(query);
  if (owner !== null && job.owner !== storableText(owner)) return false;
  if (states && !states.includes(job.state)) return false;
  if (query.batchId !== undefined && job.batchId !== query.batchId) return false;
  if (query.scheduleId !== undefined && job.scheduleId !== query.scheduleId) return false;
  if (codes && (job.error === null || !codes.includes(job.error.code))) return false;
  if (!isWithin(job.createdAt, query.createdAfter, query.createdBefore)) return false;
  if (!isWithin(job.finishedAt, query.finishedAfter, query.finishedBefore)) return false;
  for (const [name, value] of Object.entries(labels ?? {})) {
    if (job.labels[storableText(name)] !== storableText(value)) return false;
  }
  if (text) {
    const wanted = searchText(text);
    if (![job.request.url, job.media?.title ?? ""].some((field) => searchText(field).includes(wanted))) return false;
  }
  if (!after) return true;
  const { createdAt: at } = placeOf(job, query);
  return at < after.createdAt || (+at === +after.createdAt && job.id < after.id);
}

function isWithin(time: Date | null, from: Date | undefined, before: Date | undefined): boolean {
  if (from === undefined && before === undefined) return true;
  return time !== null && (from === undefined || time >= from) && (before === undefined || time < before);
}
