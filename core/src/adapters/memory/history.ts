import type { Job } from "../../jobs/job.ts";
import { storableText } from "../../jobs/rules/storable.ts";
import { type EndedJob, endedJob } from "../../stats/ended-job.ts";
import type { History, HistoryQuery } from "../../stats/history.ts";
import { compare } from "./job-query.ts";
import { type Decide, type HistoryRow, later, type MemoryState } from "./state.ts";

/** The history in memory. */
export function createMemoryHistory({ history }: MemoryState, decide: Decide): History {
  return {
    list: (query) =>
      decide(() =>
        history
          .values()
          .map(({ ended }) => ended)
          .filter((ended) => matches(ended, query))
          .sort(latestFirst)
          .slice(0, query.limit),
      ),
    prune: (olderThanMs, limit) =>
      decide((now) => {
        const old = history
          .values()
          .filter(({ ended, counted }) => counted && ended.endedAt <= later(now, -olderThanMs))
          .sort((a, b) => latestFirst(b.ended, a.ended))
          .slice(0, limit);
        for (const { ended } of old) history.delete(keyOf(ended));
        return old.length;
      }),
    // Nothing in this process ended before it kept a history.
    backfill: async () => "done",
  };
}

/** Writes what the history keeps of a job that has just ended. */
export function writeHistory({ history }: MemoryState, job: Job): void {
  const ended = endedJob(job);
  if (ended !== null && !history.has(keyOf(ended))) history.set(keyOf(ended), { ended, counted: false });
}

/** Removes what the history of a deleted job tells of a person. */
export function forgetPerson({ history }: MemoryState, { id }: Job): void {
  const nothing = { url: null, title: null, labels: null };
  for (const row of history.values())
    if (row.ended.jobId === id) history.set(keyOf(row.ended), { ...row, ended: { ...row.ended, ...nothing } });
}

/** Marks an end as part of the statistics. */
export function markCounted({ history }: MemoryState, row: HistoryRow): void {
  history.set(keyOf(row.ended), { ...row, counted: true });
}

const keyOf = ({ jobId, endedAt }: EndedJob): string => `${jobId} ${endedAt.getTime()}`;

function matches(ended: EndedJob, { owner, from, to, after }: HistoryQuery): boolean {
  return (
    (owner === null || ended.owner === storableText(owner)) &&
    (from === undefined || ended.endedAt >= from) &&
    (to === undefined || ended.endedAt < to) &&
    (after === undefined || latestFirst(after, ended) < 0)
  );
}

type Place = Pick<EndedJob, "endedAt" | "jobId">;
const latestFirst = (a: Place, b: Place): number => Number(b.endedAt) - Number(a.endedAt) || compare(b.jobId, a.jobId);
