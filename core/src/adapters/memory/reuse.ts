import type { Job } from "../../jobs/job.ts";
import { storableText, storedCopy } from "../../jobs/rules/storable.ts";
import { jobMoves } from "../../jobs/states.ts";
import type { KeptQuery, Reuse, SameResult } from "../../library/reuse.ts";
import { endEntry } from "./after-end.ts";
import { type Entry, idle } from "./entry.ts";
import { compare } from "./job-query.ts";
import { type Decide, later, type MemoryState, runningEntry, updateEntry } from "./state.ts";

/** What jobs have of each other, in memory. */
export function createMemoryReuse(state: MemoryState, decide: Decide): Reuse {
  const ofResult = ({ owner, key }: SameResult): Entry[] =>
    state.entries
      .values()
      .filter(({ job }) => job.owner === storableText(owner) && job.reuseKey === key)
      .sort((a, b) => a.rank - b.rank || compare(a.job.id, b.job.id));
  const isAbout = (of: SameResult): boolean =>
    ofResult(of).some(({ job }) => job.state === "running" || (job.state === "queued" && job.joinedAt === null));

  return {
    mediaOf: (owner, linkKey, maxAgeMs) =>
      decide(
        (now) =>
          state.entries
            .values()
            .filter((entry) => entry.job.owner === storableText(owner) && entry.linkKey === linkKey)
            .filter(({ job }) => job.media !== null && Number(job.createdAt) >= Number(now) - maxAgeMs)
            .sort((a, b) => Number(b.job.createdAt) - Number(a.job.createdAt))[0]?.job.media ?? null,
      ),

    kept: (query) =>
      decide((now) =>
        state.entries
          .values()
          .filter((entry) => entry.job.reuseKey === query.key && isKept(entry.job, query, now))
          .filter((entry) => isOwn(entry.job, query) || (query.scope === "shared" && entry.shareable))
          .sort(
            (a, b) =>
              Number(isOwn(b.job, query)) - Number(isOwn(a.job, query)) ||
              Number(b.job.finishedAt) - Number(a.job.finishedAt),
          )
          .slice(0, query.limit)
          .map(({ job }) => job),
      ),

    finish: ({ jobId, attempt }, given) =>
      decide((now) => {
        const result = storedCopy(given);
        if (!result.artifacts.every(({ storageKey }) => state.blobs.has(storageKey))) return null;
        const known = state.entries.get(jobId);
        const queued = known?.job.state === "queued" ? known : undefined;
        const entry = attempt === null ? queued : runningEntry(state, { jobId, attempt }, "succeed");
        if (!entry) return null;
        const { artifacts, progress, media, warnings, engine, retentionMs, reusedFrom } = result;
        return endEntry(state, entry, now, {
          ...idle,
          state: jobMoves.succeed.to,
          artifacts,
          progress,
          warnings,
          media: media ?? entry.job.media,
          engine: engine ?? entry.job.engine,
          error: null,
          nextAttemptAt: null,
          reusedFrom,
          reuseKey: null,
          finishedAt: now,
          expiresAt: retentionMs === null ? null : later(now, retentionMs),
        });
      }),

    join: (ref, of, longestMs) =>
      decide((now) => {
        const entry = runningEntry(state, ref, "requeue");
        if (!entry || !ofResult(of).some(({ job }) => job.state === "running" && job.id !== ref.jobId)) return null;
        const until = later(now, longestMs);
        return updateEntry(state, { ...entry, offeredAt: until.getTime() }, now, {
          ...idle,
          state: jobMoves.requeue.to,
          nextAttemptAt: until,
          joinedAt: now,
          reuseKey: of.key,
          error: null,
        });
      }),

    waiting: (of, limit) =>
      decide(() =>
        ofResult(of)
          .filter(({ job }) => job.state === "queued")
          .slice(0, limit)
          .map(({ job }) => job),
      ),

    wake: (of) =>
      decide((now) => {
        const first = ofResult(of).find(({ job }) => job.state === "queued" && job.joinedAt !== null);
        if (!first || isAbout(of)) return null;
        const changes = { nextAttemptAt: null, joinedAt: null };
        return updateEntry(state, { ...first, offeredAt: now.getTime() }, now, changes);
      }),

    stranded: (limit) =>
      decide(() => {
        const found = new Map<string, SameResult>();
        for (const { job } of state.entries.values()) {
          if (job.state !== "queued" || job.joinedAt === null || job.reuseKey === null) continue;
          const of = { owner: job.owner, key: job.reuseKey };
          if (!isAbout(of)) found.set(JSON.stringify(of), of);
        }
        return [...found.values()].slice(0, limit);
      }),
  };
}

const isOwn = (job: Job, { owner }: KeptQuery): boolean => job.owner === storableText(owner);

function isKept(job: Job, { maxAgeMs, since }: KeptQuery, now: Date): boolean {
  const { state, artifacts, finishedAt, expiresAt } = job;
  if (state !== "succeeded" || artifacts.length === 0 || finishedAt === null) return false;
  return (
    finishedAt >= later(now, -maxAgeMs) &&
    (since === null || finishedAt >= since) &&
    (expiresAt === null || expiresAt > now)
  );
}
