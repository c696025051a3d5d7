import type { Job } from "../../jobs/job.ts";
import type { JobQuery } from "../../jobs/jobs.ts";
import { searchText } from "../../jobs/rules/search-text.ts";
import { storableText } from "../../jobs/rules/storable.ts";

/** The order of ids. */
export const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The order of lists. */
export const newestFirst = (a: Job, b: Job): number => Number(b.createdAt) - Number(a.createdAt) || compare(b.id, a.id);

/** Whether a job belongs to what a query asks for. */
export function matches(job: Job, { owner, states, labels, text, after }: JobQuery): boolean {
  if (owner !== null && job.owner !== storableText(owner)) return false;
  if (states && !states.includes(job.state)) return false;
  for (const [name, value] of Object.entries(labels ?? {})) {
    if (job.labels[storableText(name)] !== storableText(value)) return false;
  }
  if (text) {
    const wanted = searchText(text);
    if (![job.request.url, job.media?.title ?? ""].some((field) => searchText(field).includes(wanted))) return false;
  }
  if (!after) return true;
  return job.createdAt < after.createdAt || (+job.createdAt === +after.createdAt && job.id < after.id);
}
