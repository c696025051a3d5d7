import { describe, expect, test } from "bun:test";
import { createServiceFixture } from "@vidferry/testing";
import { aResult } from "@vidferry/testing/conformance";
import { compilePattern } from "../adapters/re2js/index.ts";
import type { MemoryTelemetry } from "../adapters/system/index.ts";
import type { ServiceDeps } from "../dependencies.ts";
import { AppError } from "../errors/app-error.ts";
import { ownerTopic } from "../jobs/event-log.ts";
import { localOwner } from "../jobs/job.ts";
import { moveJob } from "../jobs/manage-job.ts";
import type { PlaylistEntry, Probe, ProbeLink } from "../pipeline/downloader.ts";
import { defaultHostPolicy } from "../sources/source-url.ts";
import type { Batch } from "./batch.ts";
import { BatchRequest, type BatchSource } from "./batch-request.ts";
import { createBatch } from "./create-batch.ts";
import { expandBatch } from "./expand-batch.ts";
import { cancelBatch, getBatch, removeBatch, retryBatch, settleBatches } from "./manage-batch.ts";

const listUrl = "https://www.youtube.com/playlist?list=PLsample00000000";
const policy = { hosts: defaultHostPolicy, maxAttempts: 3 };
const by = { via: "api", owner: localOwner, keyId: null, requestId: null } as const;

const idOf = (number: number): string => `v${String(number).padStart(10, "0")}`;
const linkOf = (number: number): string => `https://www.youtube.com/watch?v=${idOf(number)}`;
const entryOf = (number: number, changes: Partial<PlaylistEntry> = {}): PlaylistEntry => ({
  kind: "video",
  id: idOf(number),
  url: linkOf(number),
  title: `Part ${number}`,
  durationSeconds: number,
  uploadedAt: null,
  unavailable: null,
  ...changes,
});
const listOf = (length: number): PlaylistEntry[] => Array.from({ length }, (_, index) => entryOf(index));

/** Reads a list in pages, as a source does. */
const reading =
  (lists: Readonly<Record<string, readonly PlaylistEntry[]>>, count: number | null = null): ProbeLink =>
  async (url, { offset = 0, limit = 100 }): Promise<Probe> => {
    const all = lists[url] ?? [];
    if (all.length === 0) throw new AppError("playlist_empty");
    const end = offset + limit;
    return {
      ...{ kind: "playlist", id: "PL", title: "A list", channel: null, webpageUrl: url, count },
      entries: all.slice(offset, end),
      nextCursor: end < all.length ? String(end) : null,
    };
  };

/** What was told of expansions. */
const told = ({ telemetry }: ServiceDeps): readonly object[] => (telemetry as MemoryTelemetry).told("batch-expanded");

interface Scene {
  readonly deps: ServiceDeps;
  start(request: object): Promise<Batch>;
  /** Expands until it is over or waits for something. */
  expand(probe: ProbeLink, changed?: Partial<ServiceDeps>): Promise<void>;
  now(batch: Batch): Promise<Batch>;
  links(batch: Batch): Promise<string[]>;
}

async function withScene(run: (scene: Scene) => Promise<void>): Promise<void> {
  await using fixture = await createServiceFixture({}, { compilePattern });
  const { deps } = fixture;
  await run({
    deps,
    start: async (request) => {
      const parsed = BatchRequest.parse(request);
      const written = await createBatch(deps, policy, { owner: localOwner, request: parsed, requestId: null });
      if (written.kind === "repeated") throw new Error("it was repeated");
      return written.value;
    },
    expand: async (probe, changed = {}) => {
      const all = { ...deps, ...changed };
      const batch = await all.database.batches.claim(30_000);
      if (batch === null) return;
      const { signal } = new AbortController();
      await expandBatch(all, batch, { leaseMs: 30_000, hosts: defaultHostPolicy, probe, signal });
    },
    now: (batch) => getBatch(deps, batch.id, null),
    links: async (batch) => {
      const jobs = await deps.database.jobs.list({ owner: localOwner, batchId: batch.id, limit: 100_000 });
      return jobs.map(({ request }) => request.url).reverse();
    },
  });
}

const source = (changes: Partial<BatchSource> = {}): object => ({ source: { url: listUrl, ...changes } });

describe("a batch of links", () => {
  test("makes a job of each, once, with the wishes and labels of the batch", () =>
    withScene(async ({ start, expand, now, links, deps }) => {
      const batch = await start({
        urls: [linkOf(1), linkOf(2), `${linkOf(1)}&t=5`],
        request: { priority: "low", labels: { a: "1" } },
        labels: { b: "2" },
      });
      expect(batch).toMatchObject({ state: "expanding", counts: { total: 2 } });
      await expand(reading({}));
      expect(await links(batch)).toEqual([linkOf(1), linkOf(2)]);
      expect(await now(batch)).toMatchObject({ state: "running", counts: { total: 2, queued: 2 } });
      const [job] = await deps.database.jobs.list({ owner: localOwner, batchId: batch.id, limit: 1 });
      expect(job).toMatchObject({ priority: "low", labels: { a: "1", b: "2" }, batchId: batch.id });
    }));

  test("is refused as a whole when one is none, with its place", () =>
    withScene(async ({ start, deps }) => {
      const refused = start({ urls: [linkOf(1), "https://example.com/x", listUrl, linkOf(2)] });
      expect(await refused.catch((error: unknown) => error)).toMatchObject({
        code: "host_not_allowed",
        fields: [{ path: "/urls/1" }, { path: "/urls/2" }],
      });
      expect(await deps.database.batches.list({ owner: null, limit: 1 })).toEqual([]);
      expect(BatchRequest.safeParse({ urls: Array.from({ length: 1_001 }, (_, n) => linkOf(n)) }).success).toBe(false);
      expect(BatchRequest.safeParse({}).success).toBe(false);
      expect(BatchRequest.safeParse({ urls: [linkOf(1)], ...source() }).success).toBe(false);
    }));
});

describe("a list that never ends", () => {
  /** Pages that go on, with what a number makes of it. */
  const endless =
    (entry: (number: number) => PlaylistEntry): ProbeLink =>
    async (url, { offset = 0, limit = 100 }) => ({
      ...{ kind: "playlist", id: "PL", title: "Endless", channel: null, webpageUrl: url, count: null },
      entries: Array.from({ length: limit }, (_, index) => entry(offset + index)),
      nextCursor: String(offset + limit),
    });

  test("fails when it has more than may be taken, or than is read of any list", () =>
    withScene(async ({ start, expand, now, deps }) => {
      const long = await start(source());
      await expand(endless((number) => entryOf(number)));
      const refusal = { code: "playlist_too_long", detail: expect.stringContaining("more than 5000") };
      expect(told(deps)).toEqual([{ batchId: long.id, outcome: "failed", refusal }]);
      expect(await now(long)).toMatchObject({ state: "running", error: { code: "playlist_too_long" } });
      const unlike = await start(source({ match: { title: "nothing is called so" } }));
      await expand(endless((number) => entryOf(number)));
      expect(await now(unlike)).toMatchObject({ error: { code: "playlist_too_long" }, counts: { total: 0 } });
    }));

  test("is over where it only repeats itself", () =>
    withScene(async ({ start, expand, now, links, deps }) => {
      const batch = await start(source());
      await expand(endless((number) => entryOf(number % 30)));
      expect(told(deps)).toEqual([{ batchId: batch.id, outcome: "whole", refusal: null }]);
      expect(await links(batch)).toHaveLength(30);
      expect(await now(batch)).toMatchObject({ state: "running", error: null });
    }));
});

describe("a batch of a list", () => {
  test("makes a job of each entry, in the order of the list, over many pages", () =>
    withScene(async ({ start, expand, now, links }) => {
      const batch = await start(source());
      await expand(reading({ [listUrl]: listOf(2_350) }));
      expect(await links(batch)).toEqual(listOf(2_350).map(({ url }) => url));
      expect(await now(batch)).toMatchObject({ state: "running", title: "A list", counts: { total: 2_350 } });
    }));

  test("takes no more than its limit, from the beginning or from the end", () =>
    withScene(async ({ start, expand, links, now }) => {
      const first = await start(source({ limit: 120 }));
      await expand(reading({ [listUrl]: listOf(900) }));
      expect(await links(first)).toEqual(listOf(120).map(({ url }) => url));
      const last = await start(source({ limit: 3, order: "reverse" }));
      await expand(reading({ [listUrl]: listOf(900) }));
      expect(await links(last)).toEqual([linkOf(899), linkOf(898), linkOf(897)]);
      expect((await now(last)).counts.total).toBe(3);
    }));

  test("takes what matches, and says why it skipped what cannot be had", () =>
    withScene(async ({ start, expand, links, now, deps }) => {
      const entries = [
        entryOf(1, { title: "Keynote of the day", uploadedAt: "2026-02-01" }),
        entryOf(2, { title: "A talk", uploadedAt: "2026-02-02" }),
        entryOf(3, { title: "keynote, too old", uploadedAt: "2025-12-31" }),
        entryOf(4, { title: "[Private video]", unavailable: "video_private", durationSeconds: null }),
        entryOf(5, { title: "Keynote without a date" }),
        entryOf(6, { title: "Keynote", durationSeconds: 7_200, uploadedAt: "2026-03-01" }),
        entryOf(7, { title: "keynote elsewhere", uploadedAt: "2026-03-01", url: "https://example.com/v" }),
      ];
      const match = { title: "/^keynote/i", after: "2026-01-01", maxDurationSeconds: 3_600 };
      const batch = await start(source({ match }));
      await expand(reading({ [listUrl]: entries }));
      expect(await links(batch)).toEqual([linkOf(1)]);
      expect((await now(batch)).counts).toMatchObject({ total: 3, queued: 1, skipped: 2 });
      expect((await deps.database.batches.skipped(batch.id, 10)).map(({ skipped }) => skipped?.code)).toEqual([
        "video_private",
        "host_not_allowed",
      ]);
    }));

  test("a pattern that would make others backtrack for ever costs nothing, and one that is none is refused", () =>
    withScene(async ({ start, expand, links }) => {
      const batch = await start(source({ match: { title: "/^(a+)+$/" } }));
      await expand(
        reading({ [listUrl]: [entryOf(1, { title: `${"a".repeat(5_000)}!` }), entryOf(2, { title: "aa" })] }),
      );
      expect(await links(batch)).toEqual([linkOf(2)]);
      const refused = await start(source({ match: { title: "/(?=x)/" } })).catch((error: unknown) => error);
      expect(refused).toMatchObject({ code: "invalid_request", fields: [{ path: "/source/match/title" }] });
    }));

  test("reads the lists in a list, also when one of them is empty", () =>
    withScene(async ({ start, expand, links, now }) => {
      const page = "https://www.youtube.com/@sample/playlists";
      const inner = (name: string): string => `https://www.youtube.com/playlist?list=PLsample${name}`;
      const list = (name: string) => entryOf(0, { kind: "playlist", url: inner(name), title: name });
      const batch = await start({ source: { url: page } });
      await expand(
        reading({
          [page]: [list("one"), list("two"), list("three")],
          [inner("one")]: listOf(3),
          [inner("three")]: [entryOf(2), list("four"), entryOf(8)],
        }),
      );
      expect(await links(batch)).toEqual([0, 1, 2, 8].map(linkOf));
      expect(await now(batch)).toMatchObject({ state: "running", counts: { total: 5, skipped: 1 } });
    }));

  test("reads a long list in few pages, and of one that is limited no more than that", () =>
    withScene(async ({ start, expand, links }) => {
      const asked: number[] = [];
      const read = reading({ [listUrl]: listOf(5_000) });
      const counted: ProbeLink = (url, options) => {
        asked.push((options.offset ?? 0) + (options.limit ?? 0));
        return read(url, options);
      };
      const whole = await start(source());
      await expand(counted);
      expect(await links(whole)).toHaveLength(5_000);
      // What a source reads for it: each time all up to the end of the page.
      const walked = asked.reduce((sum, end) => sum + Math.min(end, 5_000), 0);
      expect(walked).toBeLessThan(1.3 * 5_000);
      for (const limit of [20, 120]) {
        asked.length = 0;
        await start(source({ limit }));
        await expand(counted);
        expect(asked.at(-1)).toBe(limit);
      }
    }));

  test("gives each entry once when the list grows or shrinks while it is read", () =>
    withScene(async ({ start, expand, links }) => {
      const all = listOf(1_500);
      let reads = 0;
      const changing: ProbeLink = async (url, options) => {
        reads += 1;
        if (reads === 2) all.splice(0, 60);
        if (reads === 3) all.unshift(...Array.from({ length: 30 }, (_, n) => entryOf(5_000 + n)));
        return await reading({ [url]: all })(url, options);
      };
      const batch = await start(source());
      await expand(changing);
      const found = await links(batch);
      expect(new Set(found).size).toBe(found.length);
      for (let number = 0; number < 1_500; number += 1) expect(found).toContain(linkOf(number));
    }));

  test("tries a page that fails again later, without losing what was read", () =>
    withScene(async ({ start, expand, links, now, deps }) => {
      const read = reading({ [listUrl]: listOf(150) });
      let failures = 2;
      const failing: ProbeLink = (url, options) => {
        if ((options.offset ?? 0) === 0 || failures-- <= 0) return read(url, options);
        throw new AppError("source_error");
      };
      const batch = await start(source());
      for (let tries = 0; tries < 3; tries += 1) {
        await expand(failing);
        if (tries === 2) break;
        expect(await now(batch)).toMatchObject({
          state: "expanding",
          failures: tries + 1,
          error: { code: "source_error" },
        });
        expect(await links(batch)).toHaveLength(100);
        await deps.database.batches.postpone({ id: batch.id, expansion: tries + 1 }, 0);
      }
      expect(await links(batch)).toHaveLength(150);
      expect(await now(batch)).toMatchObject({ state: "running", error: null });
    }));

  test.each(["playlist_empty", "video_private"] as const)("that answers %s fails with that, at once", (code) =>
    withScene(async ({ start, expand, now, deps }) => {
      const batch = await start(source());
      await expand(async () => {
        throw new AppError(code);
      });
      await settleBatches(deps, 10);
      expect(await now(batch)).toMatchObject({ state: "failed", error: { code }, counts: { total: 0 } });
      expect((await retryBatch(deps, batch.id, localOwner)).state).toBe("expanding");
    }),
  );

  test("that is too long fails before it starts where the source says so, and else when it has taken all it may", () =>
    withScene(async ({ start, expand, now }) => {
      const told = await start(source());
      await expand(reading({ [listUrl]: listOf(6_000) }, 6_000));
      expect(await now(told)).toMatchObject({ error: { code: "playlist_too_long" }, counts: { total: 0 } });
      const untold = await start(source());
      await expand(reading({ [listUrl]: listOf(7_500) }));
      const after = await now(untold);
      expect(after.error?.code).toBe("playlist_too_long");
      expect(after.counts.total).toBeGreaterThanOrEqual(5_000);
    }));

  test("leaves nothing out and makes nothing twice, wherever its process is killed", () =>
    withScene(async ({ start, expand, links, now, deps }) => {
      const length = 700;
      const read = reading({ [listUrl]: listOf(length) });
      const batch = await start(source());
      let left = 0;
      const killed: ServiceDeps["database"] = {
        ...deps.database,
        transaction: (run) =>
          deps.database.transaction(async (tx) => {
            const result = await run(tx);
            // Before the commit at one time, after it at another.
            if (left-- === 0) throw new Error("killed");
            return result;
          }),
      };
      for (let at = 0; (await now(batch)).state === "expanding"; at += 1) {
        left = at % 3;
        await expand(read, { database: killed }).catch((error: Error) => expect(error.message).toBe("killed"));
        const { expansion } = await now(batch);
        await deps.database.batches.postpone({ id: batch.id, expansion }, 0);
        expect(at).toBeLessThan(50);
      }
      expect(await links(batch)).toEqual(listOf(length).map(({ url }) => url));
    }));

  test("waits for the room of its owner's account, and reads no page twice for that", () =>
    withScene(async ({ start, expand, links, now, deps }) => {
      await deps.database.accounts.limit(localOwner, { queuedJobs: 30 });
      let reads = 0;
      const read = reading({ [listUrl]: listOf(50) });
      const counted: ProbeLink = (url, options) => {
        reads += 1;
        return read(url, options);
      };
      const batch = await start(source());
      await expand(counted);
      expect(await now(batch)).toMatchObject({
        ...{ state: "expanding", error: { code: "quota_exceeded" }, counts: { total: 50, queued: 30 } },
      });
      await deps.database.accounts.limit(localOwner, { queuedJobs: null });
      await deps.database.batches.postpone({ id: batch.id, expansion: 1 }, 0);
      await expand(counted);
      expect(await now(batch)).toMatchObject({ state: "running", error: null, counts: { queued: 50 } });
      expect(await links(batch)).toHaveLength(50);
      expect(reads).toBe(1);
    }));

  /** Expands it as a run of a schedule does that has taken what is known. */
  const run = async (deps: ServiceDeps, known: Set<string>, probe: ProbeLink): Promise<void> => {
    const claimed = (await deps.database.batches.claim(30_000)) as Batch;
    const options = { leaseMs: 30_000, hosts: defaultHostPolicy, signal: new AbortController().signal, probe };
    await expandBatch(
      deps,
      { ...claimed, onlyNew: true },
      {
        ...options,
        archive: {
          take: async (_, __, entries) => {
            const fresh = entries.filter(({ key }) => !known.has(key));
            for (const { key } of fresh) known.add(key);
            return fresh;
          },
        },
      },
    );
  };

  test("takes of a channel what its archive does not know, and reads no further than what it knows", () =>
    withScene(async ({ start, deps, links }) => {
      const channel = "https://www.youtube.com/@sample/videos";
      const known = new Set(
        listOf(5_000)
          .slice(100)
          .map(({ url }) => url),
      );
      let reads = 0;
      const read = reading({ [channel]: listOf(5_000) });
      const batch = await start({ source: { url: channel } });
      await run(deps, known, (url, options) => {
        reads += 1;
        return read(url, options);
      });
      expect(await links(batch)).toHaveLength(100);
      expect(reads).toBe(2);
    }));

  test("takes of a playlist also what is new at its end, behind pages that are known", () =>
    withScene(async ({ start, deps, links }) => {
      const known = new Set(listOf(4_500).map(({ url }) => url));
      const batch = await start(source());
      await run(deps, known, reading({ [listUrl]: listOf(4_501) }));
      expect(await links(batch)).toEqual([linkOf(4_500)]);
    }));

  test("takes of what its limit reaches what is new, and does not dig into what is older", () =>
    withScene(async ({ start, deps, links }) => {
      const known = new Set<string>();
      const first = await start(source({ limit: 3 }));
      await run(deps, known, reading({ [listUrl]: listOf(300) }));
      expect(await links(first)).toEqual(listOf(3).map(({ url }) => url));
      expect(known.size).toBe(3);
      const second = await start(source({ limit: 3 }));
      await run(deps, known, reading({ [listUrl]: [entryOf(999), ...listOf(300)] }));
      expect(await links(second)).toEqual([linkOf(999)]);
    }));
});

describe("a batch that goes on", () => {
  test("is canceled with its jobs, so that an expansion under way makes no more", () =>
    withScene(async ({ start, expand, links, now, deps }) => {
      const batch = await start(source());
      const read = reading({ [listUrl]: listOf(1_500) });
      let reads = 0;
      await expand(async (url, options) => {
        reads += 1;
        if (reads === 2) await cancelBatch(deps, batch.id, localOwner, by);
        return await read(url, options);
      });
      expect(await links(batch)).toHaveLength(100);
      expect(await now(batch)).toMatchObject({ state: "canceled", counts: { total: 100, canceled: 100 } });
      const again = cancelBatch(deps, batch.id, localOwner, by);
      expect(await again.catch((error: unknown) => error)).toMatchObject({ code: "invalid_state" });
      await removeBatch(deps, batch.id, localOwner, by);
      expect(await links(batch)).toEqual([]);
      expect(await deps.database.batches.get(batch.id, null)).toBeNull();
    }));

  test("has 50 jobs of which one fails: the others succeed, and it is finished with that", () =>
    withScene(async ({ start, expand, now, deps }) => {
      const batch = await start(source());
      await expand(reading({ [listUrl]: [...listOf(50), entryOf(60, { unavailable: "video_removed" })] }));
      const jobs = await deps.database.jobs.list({ owner: localOwner, batchId: batch.id, limit: 100 });
      const ids = jobs.map(({ id }) => id);
      const error = { code: "copyright_blocked", detail: "blocked", hint: "", retryable: false } as const;
      for (const { id, attempt } of await deps.database.attempts.claim(ids, {
        worker: "w",
        host: "h",
        leaseMs: 30_000,
      }))
        if (id === ids[7]) await deps.database.attempts.fail({ jobId: id, attempt }, error);
        else await deps.database.attempts.succeed({ jobId: id, attempt }, aResult);
      expect(await settleBatches(deps, 10)).toBe(1);
      expect(await now(batch)).toMatchObject({
        ...{ state: "finished", error: null, progress: { percent: 100 } },
        counts: { total: 51, succeeded: 49, failed: 1, skipped: 1 },
      });
    }));

  test("that was over tells its owner at once that it goes on, when a job of it is retried alone", () =>
    withScene(async ({ start, expand, deps }) => {
      const batch = await start({ urls: [linkOf(1), linkOf(2)] });
      await expand(reading({}));
      const [job] = await deps.database.jobs.list({ owner: localOwner, batchId: batch.id, limit: 10 });
      if (job === undefined) throw new Error("there is no job");
      await cancelBatch(deps, batch.id, localOwner, by);
      const heard: unknown[] = [];
      await deps.events.subscribe(ownerTopic(localOwner), (event) => {
        if (event?.type === "batch") heard.push(event.data);
      });
      await moveJob(deps, job.id, localOwner, "retry");
      expect(heard).toMatchObject([{ id: batch.id, state: "running", counts: { queued: 1, canceled: 1 } }]);
    }));

  test("ends when its jobs have ended, and goes on with those that failed when it is retried", () =>
    withScene(async ({ start, expand, now, deps }) => {
      const batch = await start({ urls: [linkOf(1), linkOf(2), linkOf(3)] });
      await expand(reading({}));
      const jobs = await deps.database.jobs.list({ owner: localOwner, batchId: batch.id, limit: 10 });
      const claim = { worker: "w", host: "h", leaseMs: 30_000 };
      for (const { id, attempt } of await deps.database.attempts.claim(
        jobs.map(({ id }) => id),
        claim,
      )) {
        const error = { code: "video_private", detail: "private", hint: "", retryable: false } as const;
        await deps.database.attempts.fail({ jobId: id, attempt }, error);
      }
      expect(await settleBatches(deps, 10)).toBe(1);
      expect(await now(batch)).toMatchObject({ state: "finished", counts: { failed: 3 }, progress: { percent: 100 } });
      const retried = await retryBatch(deps, batch.id, localOwner);
      expect(retried).toMatchObject({ state: "running", counts: { queued: 3 }, finishedAt: null });
      const nothing = retryBatch(deps, batch.id, localOwner);
      expect(await nothing.catch((error: unknown) => error)).toMatchObject({ code: "invalid_state" });
    }));
});
