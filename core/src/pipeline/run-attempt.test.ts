import { describe, expect, test } from "bun:test";
import { createFakeEngine, createServiceFixture, eventually, roomyLimits, storeWith, tempDir } from "@vidferry/testing";
import { localWorkFolders } from "../adapters/blobs/local-disk/index.ts";
import type { Database } from "../database/database.ts";
import type { AttemptDeps } from "../dependencies.ts";
import { AppError } from "../errors/app-error.ts";
import { jobTopic } from "../jobs/event-log.ts";
import { moveJob, removeJob } from "../jobs/manage-job.ts";
import { openFile } from "../library/read-file.ts";
import { defaultMaintenanceOptions, releaseLostWorkers } from "../maintenance/index.ts";
import type { Downloader } from "./downloader.ts";
import { runAttempt } from "./run-attempt.ts";
import type { MediaPeriod } from "./transcoder.ts";

const options = (signal = new AbortController().signal, leaseMs = 5_000) => ({
  leaseMs,
  limits: roomyLimits,
  retentionMs: null,
  signal,
});
const blobKeys = async (blobs: { list(prefix: string): AsyncIterable<{ key: string }> }): Promise<string[]> => {
  const keys: string[] = [];
  for await (const blob of blobs.list("")) keys.push(blob.key);
  return keys;
};

describe("running an attempt", () => {
  test("ends with a stored file, its digest, and an empty work folder", async () => {
    await using fixture = await createServiceFixture();
    const { deps } = fixture;
    const job = await fixture.submit();
    await runAttempt(deps, await fixture.claim(job), options());
    const done = await deps.database.jobs.get(job.id, null);
    expect(done).toMatchObject({
      state: "succeeded",
      stage: null,
      attempt: 1,
      error: null,
      engine: { ytDlp: "2026.10.26" },
    });
    expect(done?.progress.percent).toBe(100);
    const [artifact] = done?.artifacts ?? [];
    expect(artifact).toMatchObject({ kind: "video", fileName: "A sample.mp4", contentType: "video/mp4", width: 640 });
    const { blob } = await openFile(deps, job.id, null, artifact?.id ?? "");
    const text = await new Response(blob.body).text();
    expect(text).toBe("video of https://www.youtube.com/watch?v=sample00001");
    expect(new Bun.CryptoHasher("sha256").update(text).digest("hex")).toBe(artifact?.sha256 ?? "");
    expect(await deps.workFolders.list()).toEqual([]);
  });

  test("succeeds with a warning when the thumbnail is no picture", async () => {
    const { downloader, transcoder } = createFakeEngine();
    await using fixture = await createServiceFixture(
      {},
      {
        downloader: { ...downloader, fetchThumbnail: async () => "/nowhere/page-of-html.jpg" },
        transcoder: { ...transcoder, toPicture: () => Promise.reject(new AppError("processing_failed")) },
      },
    );
    const job = await fixture.submit({ thumbnail: "file" });
    await runAttempt(fixture.deps, await fixture.claim(job), options());
    expect(await fixture.deps.database.jobs.get(job.id, null)).toMatchObject({
      state: "succeeded",
      artifacts: [{ kind: "video" }],
      warnings: [{ code: "thumbnail_missing" }],
    });
  });

  test("fetches the streams, the captions and the picture side by side", async () => {
    const { downloader } = createFakeEngine();
    const begun: string[] = [];
    const all = Promise.withResolvers<void>();
    /** Ends when all three have begun. */
    const meet = async (name: string) => {
      begun.push(name);
      if (begun.length === 3) all.resolve();
      await all.promise;
    };
    await using fixture = await createServiceFixture(
      {},
      {
        downloader: {
          ...downloader,
          fetch: async (...call) => {
            await meet("streams");
            return downloader.fetch(...call);
          },
          fetchSubtitles: async (...call) => {
            await meet("captions");
            return downloader.fetchSubtitles(...call);
          },
          fetchThumbnail: async (...call) => {
            await meet("picture");
            return downloader.fetchThumbnail(...call);
          },
        },
      },
    );
    const job = await fixture.submit({
      thumbnail: "file",
      subtitles: {
        languages: ["en"],
        automatic: true,
        translateTo: [],
        formats: ["srt"],
        transcribe: "never",
        embed: false,
      },
    });
    const limits = { ...roomyLimits, timeoutMs: 20_000 };
    await runAttempt(fixture.deps, await fixture.claim(job), { ...options(), limits });
    expect(begun.toSorted()).toEqual(["captions", "picture", "streams"]);
    expect(await fixture.deps.database.jobs.get(job.id, null)).toMatchObject({ state: "succeeded" });
  });

  test("when the streams cannot be had, waits for nothing that is fetched beside them", async () => {
    const { downloader } = createFakeEngine();
    const ended: string[] = [];
    const begun = Promise.withResolvers<void>();
    let waiting = 0;
    const untilStopped = async (name: string, signal: AbortSignal): Promise<never> => {
      waiting += 1;
      if (waiting === 2) begun.resolve();
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
      ended.push(name);
      throw signal.reason;
    };
    await using fixture = await createServiceFixture(
      {},
      {
        downloader: {
          ...downloader,
          fetch: async () => {
            await begun.promise;
            throw new AppError("video_removed");
          },
          fetchSubtitles: (_request, _resolution, { signal }) => untilStopped("captions", signal),
          fetchThumbnail: (_resolution, { signal }) => untilStopped("picture", signal),
        },
      },
    );
    const job = await fixture.submit({
      thumbnail: "file",
      subtitles: {
        languages: ["en"],
        automatic: true,
        translateTo: [],
        formats: ["srt"],
        transcribe: "never",
        embed: false,
      },
    });
    await runAttempt(fixture.deps, await fixture.claim(job), options());
    expect(ended.toSorted()).toEqual(["captions", "picture"]);
    expect(await fixture.deps.database.jobs.get(job.id, null)).toMatchObject({
      state: "failed",
      error: { code: "video_removed" },
    });
  });

  test("ends in time although a program does not even tell its version", async () => {
    const { downloader } = createFakeEngine();
    await using fixture = await createServiceFixture(
      {},
      { downloader: { ...downloader, version: () => new Promise<never>(() => undefined) } },
    );
    const job = await fixture.submit({ maxAttempts: 1 });
    const limits = { ...roomyLimits, timeoutMs: 20 };
    await runAttempt(fixture.deps, await fixture.claim(job), { ...options(), limits });
    expect(await fixture.deps.database.jobs.get(job.id, null)).toMatchObject({
      state: "failed",
      error: { code: "timed_out" },
    });
  });

  test("is stopped when the disk fills up beyond what was announced", async () => {
    const dir = await tempDir("vidferry-full-disk");
    await using _ = dir;
    const real = localWorkFolders({ directory: dir.path });
    let free = 1_000_000;
    await using fixture = await createServiceFixture(
      {
        // A source that sends without an end.
        fetch: ({ signal }) => {
          free = 1_000;
          return new Promise((_resolve, reject) => {
            signal.addEventListener("abort", () => reject(signal.reason), { once: true });
          });
        },
      },
      { workFolders: { ...real, freeBytes: async () => free } },
    );
    const job = await fixture.submit({ maxAttempts: 1 });
    const limits = { ...roomyLimits, minFreeBytes: 10_000 };
    await runAttempt(fixture.deps, await fixture.claim(job), { ...options(), limits });
    expect(await fixture.deps.database.jobs.get(job.id, null)).toMatchObject({
      state: "failed",
      error: { code: "disk_full" },
    });
    expect(await real.list()).toEqual([]);
  });

  test("is stopped when the disk fills up between two steps, and goes on with what was fetched when there is room", async () => {
    const dir = await tempDir("vidferry-full-disk");
    await using _ = dir;
    const real = localWorkFolders({ directory: dir.path });
    const { transcoder } = createFakeEngine();
    let free = 1_000_000;
    await using fixture = await createServiceFixture(
      {},
      {
        workFolders: { ...real, freeBytes: async () => free },
        transcoder: {
          ...transcoder,
          isFinished: () => false,
          shape: (recipe, shaping) => {
            if (free === 1_000_001) return transcoder.shape(recipe, shaping);
            free = 1_000;
            return new Promise((_resolve, reject) => {
              shaping.signal.addEventListener("abort", () => reject(shaping.signal.reason), { once: true });
            });
          },
        },
      },
    );
    const { deps } = fixture;
    const job = await fixture.submit({ metadata: { embed: false, infoJson: false, nfo: true } });
    const limits = { ...roomyLimits, minFreeBytes: 10_000 };
    await runAttempt(deps, await fixture.claim(job), { ...options(), limits });
    expect(await deps.database.jobs.get(job.id, null)).toMatchObject({ state: "queued", error: { code: "disk_full" } });
    expect(await blobKeys(deps.blobs)).toEqual([]);
    free = 1_000_001;
    const queued = await eventually(() => fixture.claim(job).catch(() => null));
    await runAttempt(deps, queued, { ...options(), limits });
    expect(await deps.database.jobs.get(job.id, null)).toMatchObject({
      state: "succeeded",
      artifacts: [{ kind: "video" }, { kind: "info", fileName: "A sample.nfo" }],
    });
    expect(fixture.engine.calls.fetch).toBe(1);
  }, 180_000);

  test("retries a passing failure later, and counts it", async () => {
    await using fixture = await createServiceFixture({
      fetch: () => Promise.reject(new AppError("network_error", "The connection was reset.")),
    });
    const job = await fixture.submit();
    await runAttempt(fixture.deps, await fixture.claim(job), options());
    const after = await fixture.deps.database.jobs.get(job.id, null);
    expect(after).toMatchObject({ state: "queued", failures: 1, error: { code: "network_error", retryable: true } });
    expect(after?.nextAttemptAt?.getTime()).toBeGreaterThan(Date.now());
    expect(await fixture.deps.workFolders.list()).toEqual([job.id]);
  });

  test("fetches nothing again when only the storing failed", async () => {
    await using fixture = await createServiceFixture();
    const { deps } = fixture;
    let failing = true;
    const blobs: typeof deps.blobs = {
      ...deps.blobs,
      put: (...args) => (failing ? Promise.reject(new AppError("storage_error")) : deps.blobs.put(...args)),
    };
    const job = await fixture.submit();
    await runAttempt({ ...deps, blobs }, await fixture.claim(job), options());
    expect(await deps.database.jobs.get(job.id, null)).toMatchObject({
      state: "queued",
      error: { code: "storage_error" },
    });
    failing = false;
    const queued = await eventually(() => fixture.claim(job).catch(() => null));
    await runAttempt({ ...deps, blobs }, queued, options());
    expect(await deps.database.jobs.get(job.id, null)).toMatchObject({ state: "succeeded", attempt: 2 });
    expect(fixture.engine.calls.fetch).toBe(1);
  }, 180_000);

  test("fetches everything anew after a result that was not valid", async () => {
    await using fixture = await createServiceFixture({
      fetch: () => Promise.reject(new AppError("output_invalid", "The media is cut off.")),
    });
    const job = await fixture.submit();
    await runAttempt(fixture.deps, await fixture.claim(job), options());
    expect(await fixture.deps.database.jobs.get(job.id, null)).toMatchObject({ state: "queued", failures: 1 });
    expect(await fixture.deps.workFolders.list()).toEqual([]);
  });

  test("does not retry what cannot change, and leaves nothing behind", async () => {
    await using fixture = await createServiceFixture({
      resolve: () => Promise.reject(new AppError("video_private")),
    });
    const job = await fixture.submit();
    await runAttempt(fixture.deps, await fixture.claim(job), options());
    expect(await fixture.deps.database.jobs.get(job.id, null)).toMatchObject({
      state: "failed",
      error: { code: "video_private" },
    });
    expect(await fixture.deps.workFolders.list()).toEqual([]);
  });

  test("when one of its files is no good, lets go of the folder only after nothing looks into it any more", async () => {
    const seen: string[] = [];
    await using fixture = await createServiceFixture();
    const { deps } = fixture;
    const fetch: AttemptDeps["downloader"]["fetch"] = async (_resolution, { folder }) =>
      ["bad", "good"].map((formatId) => ({ formatId, path: `${folder.path}/${formatId}` }));
    const inspect: AttemptDeps["transcoder"]["inspect"] = async (path, { signal }) => {
      if (path.endsWith("bad")) throw new AppError("output_invalid");
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
      await new Promise((resolve) => setTimeout(resolve, 20));
      seen.push("the other has ended");
      throw signal.reason;
    };
    const workFolders: AttemptDeps["workFolders"] = {
      ...deps.workFolders,
      open: async (id) => {
        const folder = await deps.workFolders.open(id);
        const release = async () => {
          seen.push("released");
          await folder.release();
        };
        return { ...folder, release };
      },
    };
    const job = await fixture.submit();
    const downloader = { ...deps.downloader, fetch };
    const transcoder = { ...deps.transcoder, inspect };
    await runAttempt({ ...deps, workFolders, downloader, transcoder }, await fixture.claim(job), options());
    expect(seen.slice(0, 2)).toEqual(["the other has ended", "released"]);
    expect(await deps.database.jobs.get(job.id, null)).toMatchObject({ failures: 1 });
  });

  test("periods are joined, and it is said when they had to be encoded", async () => {
    await using fixture = await createServiceFixture();
    const { deps } = fixture;
    const place = { seconds: 5, offsetSeconds: 0 };
    const downloader: AttemptDeps["downloader"] = {
      ...deps.downloader,
      fetch: async (resolution, fetchOptions) => {
        const [stream] = await deps.downloader.fetch(resolution, fetchOptions);
        if (stream === undefined) throw new Error("there is nothing");
        const periods = [
          { ...place, path: stream.path, startSeconds: 0 },
          { ...place, path: null, startSeconds: 5 },
        ];
        return [{ ...stream, periods }];
      },
    };
    const seen: MediaPeriod[] = [];
    const transcoder: AttemptDeps["transcoder"] = {
      ...deps.transcoder,
      join: async (periods, outputBase, joinOptions) => {
        seen.push(...periods);
        return { ...(await deps.transcoder.join(periods, outputBase, joinOptions)), isEncoded: true };
      },
    };
    const job = await fixture.submit();
    await runAttempt({ ...deps, downloader, transcoder }, await fixture.claim(job), options());
    expect(seen.map(({ startSeconds, file }) => [startSeconds, file === null])).toEqual([
      [0, false],
      [5, true],
    ]);
    const { state, error: failure, warnings } = (await deps.database.jobs.get(job.id, null)) ?? {};
    expect([state, failure]).toEqual(["succeeded", null]);
    expect(warnings?.map(({ code }) => code)).toContain("periods_encoded");
  });

  test("a job that failed still says what the video was", async () => {
    await using fixture = await createServiceFixture({
      fetch: () => Promise.reject(new AppError("file_too_large")),
    });
    const job = await fixture.submit();
    await runAttempt(fixture.deps, await fixture.claim(job), options());
    expect(await fixture.deps.database.jobs.get(job.id, null)).toMatchObject({
      state: "failed",
      media: { title: "A sample" },
    });
  });

  test("extracts anew after the media was refused", async () => {
    await using fixture = await createServiceFixture({ fetch: () => Promise.reject(new AppError("source_forbidden")) });
    const job = await fixture.submit();
    await runAttempt(fixture.deps, await fixture.claim(job), options());
    expect(fixture.engine.calls.forget).toBe(1);
  });

  test("looks at the link anew, in the same attempt, where links that were found before are refused", async () => {
    let isKept = true;
    let refused = 0;
    await using fixture = await createServiceFixture();
    const { deps, engine } = fixture;
    const downloader: Downloader = {
      ...deps.downloader,
      resolve: async (...asked) => ({
        ...(await deps.downloader.resolve(...asked)),
        ...(isKept && { isKept: true as const }),
      }),
      fetch: (resolution, fetching) => {
        if (resolution.isKept === undefined) return deps.downloader.fetch(resolution, fetching);
        refused += 1;
        throw new AppError("source_forbidden");
      },
      forget: async (folder) => {
        isKept = false;
        await deps.downloader.forget(folder);
      },
    };
    const job = await fixture.submit({ maxAttempts: 1 });
    await runAttempt({ ...deps, downloader }, await fixture.claim(job), options());
    expect(await deps.database.jobs.get(job.id, null)).toMatchObject({ state: "succeeded", attempt: 1, error: null });
    expect([refused, engine.calls.forget]).toEqual([1, 1]);
  });

  test("fails with what the source says of its new links, after those that were found before", async () => {
    await using fixture = await createServiceFixture({ fetch: () => Promise.reject(new AppError("source_forbidden")) });
    const { deps, engine } = fixture;
    const downloader: Downloader = {
      ...deps.downloader,
      resolve: async (...asked) => ({ ...(await deps.downloader.resolve(...asked)), isKept: true }),
    };
    const job = await fixture.submit({ maxAttempts: 1 });
    await runAttempt({ ...deps, downloader }, await fixture.claim(job), options());
    expect(await deps.database.jobs.get(job.id, null)).toMatchObject({
      ...{ state: "failed", error: { code: "source_forbidden" } },
    });
    expect(engine.calls).toMatchObject({ fetch: 2, forget: 1 });
  });

  test.each(["cancel", "pause"] as const)("%s stops it at once and it writes nothing more", async (move) => {
    let stopped = false;
    await using fixture = await createServiceFixture({
      fetch: ({ signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener("abort", () => {
            stopped = true;
            reject(signal.reason);
          });
        }),
    });
    const { deps } = fixture;
    const job = await fixture.submit();
    const run = runAttempt(deps, await fixture.claim(job), options());
    await eventually(() => fixture.engine.calls.fetch === 1);
    const moved = await moveJob(deps, job.id, null, move);
    await run;
    expect(stopped).toBe(true);
    expect((await deps.database.jobs.get(job.id, null))?.state).toBe(moved.state);
    // A paused job keeps its parts, a canceled one has none.
    expect(await deps.workFolders.list()).toEqual(move === "pause" ? [job.id] : []);
    expect(await blobKeys(deps.blobs)).toEqual([]);
  });

  test("an attempt that was overtaken publishes nothing and deletes what it stored", async () => {
    const { promise: gate, resolve: release } = Promise.withResolvers<void>();
    await using fixture = await createServiceFixture();
    const { deps } = fixture;
    // The late worker gets as far as it can: its heartbeats are answered, but the job was deleted before it finishes.
    const slowStore: Database = storeWith(deps.database, {
      attempts: {
        heartbeat: async () => true,
        succeed: async (ref, result) => {
          await gate;
          return deps.database.attempts.succeed(ref, result);
        },
      },
    });
    const job = await fixture.submit();
    const run = runAttempt({ ...deps, database: slowStore }, await fixture.claim(job), options());
    await eventually(async () => (await blobKeys(deps.blobs)).length === 1);
    await removeJob(deps, job.id, null);
    release();
    await run;
    expect(await blobKeys(deps.blobs)).toEqual([]);
    expect(await deps.workFolders.list()).toEqual([]);
  });

  test("a result whose write was answered by an error, but happened, is kept", async () => {
    await using fixture = await createServiceFixture();
    const { deps } = fixture;
    let answers = 0;
    const store: Database = storeWith(deps.database, {
      attempts: {
        succeed: async (ref, result) => {
          answers += 1;
          const done = await deps.database.attempts.succeed(ref, result);
          if (answers === 1) throw new AppError("unavailable");
          return done;
        },
      },
    });
    const job = await fixture.submit();
    await runAttempt({ ...deps, database: store }, await fixture.claim(job), options());
    const done = await deps.database.jobs.get(job.id, null);
    expect(done?.state).toBe("succeeded");
    expect(await blobKeys(deps.blobs)).toEqual(done?.artifacts.map((artifact) => artifact.storageKey) ?? []);
  });

  test("a drain hands the job back without losing an attempt, and keeps its parts", async () => {
    const drain = new AbortController();
    await using fixture = await createServiceFixture({
      fetch: ({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    });
    const job = await fixture.submit();
    const run = runAttempt(fixture.deps, await fixture.claim(job), options(drain.signal));
    await eventually(() => fixture.engine.calls.fetch === 1);
    drain.abort();
    await run;
    expect(await fixture.deps.database.jobs.get(job.id, null)).toMatchObject({
      state: "queued",
      failures: 0,
      error: null,
      attempt: 1,
    });
    expect(await fixture.deps.workFolders.list()).toEqual([job.id]);
  });

  test("an attempt goes on while the store is away, and writes its end when it is back", async () => {
    const { promise: gate, resolve: release } = Promise.withResolvers<void>();
    await using fixture = await createServiceFixture({ fetch: () => gate });
    const { deps } = fixture;
    const job = await fixture.submit();
    const claimed = await fixture.claim(job);
    let reachable = true;
    let refused = 0;
    const whenReachable = <T>(write: () => Promise<T>): Promise<T> => {
      if (reachable) return write();
      refused += 1;
      return Promise.reject(new AppError(refused % 2 === 0 ? "unavailable" : "disk_full"));
    };
    const store: Database = storeWith(deps.database, {
      attempts: {
        heartbeat: (...args) => whenReachable(() => deps.database.attempts.heartbeat(...args)),
        succeed: (...args) => whenReachable(() => deps.database.attempts.succeed(...args)),
      },
    });
    const run = runAttempt({ ...deps, database: store }, claimed, options(undefined, 60));
    await eventually(() => fixture.engine.calls.fetch === 1);
    reachable = false;
    // Many times its lease.
    await eventually(() => refused > 20);
    release();
    const before = refused;
    await eventually(() => refused > before + 20);
    reachable = true;
    await run;
    expect(await deps.database.jobs.get(job.id, null)).toMatchObject({ state: "succeeded", attempt: 1 });
  });

  test("an attempt whose job went to another worker while it was cut off stops at its next write", async () => {
    await using fixture = await createServiceFixture({
      fetch: ({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    });
    const { deps } = fixture;
    const job = await fixture.submit();
    const claimed = await fixture.claim(job);
    let reachable = true;
    const store: Database = storeWith(deps.database, {
      attempts: {
        heartbeat: (...args) =>
          reachable ? deps.database.attempts.heartbeat(...args) : Promise.reject(new AppError("unavailable")),
      },
    });
    const run = runAttempt({ ...deps, database: store }, claimed, options(undefined, 60));
    await eventually(() => fixture.engine.calls.fetch === 1);
    reachable = false;
    await deps.database.leases.expire(["worker-1"]);
    await releaseLostWorkers(deps, defaultMaintenanceOptions);
    await eventually(async () => (await fixture.claim(job, "worker-2").catch(() => null)) !== null);
    reachable = true;
    await run;
    expect(await deps.database.jobs.get(job.id, null)).toMatchObject({
      state: "running",
      attempt: 2,
      worker: "worker-2",
    });
  });

  test("does nothing of the job before the store knows that it has begun", async () => {
    await using fixture = await createServiceFixture();
    const { deps } = fixture;
    const claimed = await fixture.claim(await fixture.submit());
    let failures = 3;
    const started: number[] = [];
    const store: Database = storeWith(deps.database, {
      attempts: {
        heartbeat: (...args) => {
          started.push(fixture.engine.calls.resolve);
          failures -= 1;
          return failures >= 0
            ? Promise.reject(new AppError("unavailable"))
            : deps.database.attempts.heartbeat(...args);
        },
      },
    });
    await runAttempt({ ...deps, database: store }, claimed, options(new AbortController().signal, 60));
    expect(started.slice(0, 4)).toEqual([0, 0, 0, 0]);
    expect(await deps.database.jobs.get(claimed.id, null)).toMatchObject({ state: "succeeded", attempt: 1 });
  });

  test("a drained attempt that cannot reach the store gives up in the end", async () => {
    const drain = new AbortController();
    const { promise: gate, resolve: release } = Promise.withResolvers<void>();
    await using fixture = await createServiceFixture({ fetch: () => gate });
    const { deps } = fixture;
    const away = () => Promise.reject(new AppError("unavailable"));
    const claimed = await fixture.claim(await fixture.submit());
    const store: Database = storeWith(deps.database, { attempts: { succeed: away, requeue: away } });
    const run = runAttempt({ ...deps, database: store }, claimed, options(drain.signal, 60)).catch(
      (error: unknown) => error,
    );
    await eventually(() => fixture.engine.calls.fetch === 1);
    release();
    drain.abort();
    expect(await run).toMatchObject({ code: "unavailable" });
  }, 180_000);

  test.each(["video_private", "network_error"] as const)(
    "when a failure (%s) shows, its folder is cleaned up and free for the next attempt",
    async (code) => {
      await using fixture = await createServiceFixture({ fetch: () => Promise.reject(new AppError(code)) });
      const { deps } = fixture;
      const folders = async () => await deps.workFolders.list();
      const released: string[] = [];
      const workFolders: typeof deps.workFolders = {
        ...deps.workFolders,
        open: async (id) => {
          const folder = await deps.workFolders.open(id);
          return { ...folder, release: async () => void released.push(id) };
        },
      };
      const seen: unknown[] = [];
      const store: Database = storeWith(deps.database, {
        attempts: {
          fail: async (...args) => {
            seen.push(await folders());
            return await deps.database.attempts.fail(...args);
          },
          requeue: async (...args) => {
            seen.push(released.length);
            return await deps.database.attempts.requeue(...args);
          },
        },
      });
      const job = await fixture.submit();
      await runAttempt({ ...deps, database: store, workFolders }, await fixture.claim(job), options());
      expect(seen).toEqual([code === "network_error" ? 1 : []]);
    },
  );

  test("a retry on the event of a failure meets nothing of the attempt before", async () => {
    let failing = true;
    await using fixture = await createServiceFixture({
      fetch: async () => {
        if (failing) throw new AppError("video_private");
      },
    });
    const { deps } = fixture;
    const job = await fixture.submit();
    const { promise: retried, resolve } = Promise.withResolvers<void>();
    await deps.events.subscribe(jobTopic(job.id), (event) => {
      if (event?.type !== "job" || event.data.state !== "failed") return;
      failing = false;
      resolve(
        moveJob(deps, job.id, null, "retry").then(async () => runAttempt(deps, await fixture.claim(job), options())),
      );
    });
    await runAttempt(deps, await fixture.claim(job), options());
    await await retried;
    expect(await deps.database.jobs.get(job.id, null)).toMatchObject({ state: "succeeded", attempt: 2, error: null });
  });

  test("the event of a success comes after the clean-up", async () => {
    await using fixture = await createServiceFixture();
    const { deps } = fixture;
    const job = await fixture.submit();
    let folders: Promise<readonly string[]> | null = null;
    await deps.events.subscribe(jobTopic(job.id), (event) => {
      if (event?.type === "job" && event.data.state === "succeeded") folders = deps.workFolders.list();
    });
    await runAttempt(deps, await fixture.claim(job), options());
    expect(await (folders as Promise<readonly string[]> | null)).toEqual([]);
  });

  test("a stopped attempt takes no folder away from the one after it", async () => {
    let stopped: () => void = () => undefined;
    const { promise: gate, resolve: release } = Promise.withResolvers<void>();
    await using fixture = await createServiceFixture({
      fetch: ({ signal }) =>
        new Promise((_, reject) => {
          stopped = () => reject(signal.reason);
          signal.addEventListener("abort", () => stopped());
        }),
    });
    const { deps } = fixture;
    const dir = await tempDir("vidferry-shared-host");
    await using _ = dir;
    const here = (name: string) => localWorkFolders({ directory: dir.path, worker: { name, mayStillRun: () => true } });
    const job = await fixture.submit();
    // The old attempt has seen that its job is canceled, and is held there, while the client retries.
    const store: Database = storeWith(deps.database, {
      jobs: {
        get: async (...args) => {
          const seen = await deps.database.jobs.get(...args);
          await gate;
          return seen;
        },
      },
    });
    const old = runAttempt({ ...deps, database: store, workFolders: here("old") }, await fixture.claim(job), options());
    await eventually(() => fixture.engine.calls.fetch === 1);
    await moveJob(deps, job.id, null, "cancel");
    await moveJob(deps, job.id, null, "retry");
    await fixture.claim(job, "worker-2");
    const next = await here("new").open(job.id);
    await next.write("part", "bytes");
    release();
    await old;
    expect(await next.read("part")).toBe("bytes");
  });

  test("a stage is announced when it was written, and not when the job is over", async () => {
    await using fixture = await createServiceFixture({
      fetch: async () => {
        // Canceled by another process, which this one does not hear of.
        await fixture.deps.database.jobs.move(job.id, null, "cancel");
      },
    });
    const { deps } = fixture;
    const job = await fixture.submit();
    const stages: unknown[] = [];
    await deps.events.subscribe(jobTopic(job.id), (event) => {
      if (event?.type === "job") stages.push([event.data.state, event.data.stage]);
    });
    await runAttempt(deps, await fixture.claim(job), options());
    expect(stages).toEqual([
      ["running", "resolving"],
      ["running", "downloading"],
    ]);
  });

  test("the whole attempt has a deadline", async () => {
    await using fixture = await createServiceFixture({
      fetch: ({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    });
    const job = await fixture.submit({ maxAttempts: 1 });
    await runAttempt(fixture.deps, await fixture.claim(job), {
      ...options(),
      limits: { ...roomyLimits, timeoutMs: 100 },
    });
    expect(await fixture.deps.database.jobs.get(job.id, null)).toMatchObject({
      state: "failed",
      error: { code: "timed_out" },
    });
  });

  test("progress goes from stage to stage and never back", async () => {
    await using fixture = await createServiceFixture({
      fetch: async ({ onProgress }) => {
        const figures = { downloadedBytes: 1, totalBytes: 5, bytesPerSecond: 1, etaSeconds: 1 };
        onProgress({ ...figures, fraction: 0.9 });
        onProgress({ ...figures, fraction: 0.4 });
      },
    });
    const { deps } = fixture;
    const job = await fixture.submit();
    const seen: { stage: string | null; percent: number | null }[] = [];
    await deps.events.subscribe(jobTopic(job.id), (event) => {
      if (event !== null && event.type !== "batch")
        seen.push({ stage: event.data.stage, percent: event.data.progress.percent });
    });
    await runAttempt(deps, await fixture.claim(job), options());
    await eventually(() => seen.at(-1)?.percent === 100);
    const percents = seen.map((event) => event.percent ?? 0);
    expect(percents).toEqual([...percents].sort((a, b) => a - b));
    expect([...new Set(seen.map((event) => event.stage))]).toEqual(
      expect.arrayContaining(["resolving", "downloading", "processing", "storing"]),
    );
  });
});
