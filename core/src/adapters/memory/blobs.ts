import type { Blobs } from "../../library/blobs.ts";
import { compare } from "./job-query.ts";
import { allJobs, type Decide, later, type MemoryState } from "./state.ts";

/** The blobs in memory. */
export function createMemoryBlobs(state: MemoryState, decide: Decide): Blobs {
  const referencesOf = (key: string): number =>
    allJobs(state).reduce((sum, job) => sum + job.artifacts.filter(({ storageKey }) => storageKey === key).length, 0);

  return {
    known: (keys) => decide(() => new Set(keys.filter((key) => state.blobs.has(key)))),
    storedBytes: () => decide(() => state.blobs.values().reduce((sum, { bytes }) => sum + bytes, 0)),
    references: (key) => decide(() => referencesOf(key)),
    release: (keys) =>
      decide(() => {
        const released = keys.filter((key) => state.blobs.has(key) && referencesOf(key) === 0);
        for (const key of released) state.blobs.delete(key);
        return released;
      }),
    count: () => decide(() => state.blobs.values().length),
    list: (after, limit) =>
      decide(() =>
        state.blobs
          .values()
          .filter(({ key }) => after === null || key > after)
          .map(({ key, bytes, sha256 }) => ({ key, bytes, sha256 }))
          .sort((one, other) => compare(one.key, other.key))
          .slice(0, limit),
      ),
    listUnreferenced: (limit, olderThanMs) =>
      decide((now) =>
        state.blobs
          .values()
          .filter((blob) => blob.createdAt <= later(now, -olderThanMs) && referencesOf(blob.key) === 0)
          .map((blob) => blob.key)
          .sort(compare)
          .slice(0, limit),
      ),
  };
}
