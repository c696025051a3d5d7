import { storedCopy } from "../../jobs/rules/storable.ts";
import type { Workers } from "../../workers/workers.ts";
import { allJobs, type Decide, later, type MemoryState, type WorkerRow } from "./state.ts";

/** The registry of workers in memory. */
export function createMemoryWorkers(state: MemoryState, decide: Decide): Workers {
  const { workers } = state;
  const isGone = ({ ended, seenAt }: WorkerRow, now: Date, goneAfterMs: number): boolean =>
    ended || seenAt <= later(now, -goneAfterMs);
  return {
    beat: (beat) =>
      decide((now) => {
        const { drainRequestedAt = null, startedAt = now } = workers.get(beat.id) ?? {};
        workers.set(beat.id, { beat: storedCopy(beat), drainRequestedAt, startedAt, seenAt: now, ended: false });
        return { drain: drainRequestedAt !== null };
      }),
    leave: (id) =>
      decide((now) => {
        const row = workers.get(id);
        if (row !== undefined) workers.set(id, { ...row, ended: true, seenAt: now });
      }),
    list: (goneAfterMs) =>
      decide((now) =>
        workers
          .values()
          .sort((a, b) => Number(b.startedAt) - Number(a.startedAt) || (b.beat.id < a.beat.id ? -1 : 1))
          .map((row) => {
            const { draining, ...said } = row.beat;
            const gone = isGone(row, now, goneAfterMs);
            const running = allJobs(state)
              .filter((job) => !gone && job.state === "running" && job.worker === said.name)
              .sort((a, b) => (a.id < b.id ? -1 : 1))
              .map(({ id, attempt, startedAt }) => ({ jobId: id, attempt, startedAt }));
            const { drainRequestedAt, startedAt, seenAt } = row;
            const stateOf = gone ? "gone" : draining ? "draining" : "active";
            return { ...said, state: stateOf, drainRequestedAt, startedAt, seenAt, running };
          }),
      ),
    drain: (id, goneAfterMs) =>
      decide((now) => {
        const row = workers.get(id);
        if (row === undefined) return "not_found";
        if (!row.beat.standalone) return "not_standalone";
        if (isGone(row, now, goneAfterMs)) return "gone";
        workers.set(id, { ...row, drainRequestedAt: row.drainRequestedAt ?? now });
        return "asked";
      }),
    prune: (olderThanMs) =>
      decide((now) => {
        const old = workers.values().filter(({ seenAt }) => seenAt <= later(now, -olderThanMs));
        for (const { beat } of old) workers.delete(beat.id);
        return old.length;
      }),
  };
}
