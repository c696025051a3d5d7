import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  createServiceFixture,
  eventually,
  findTools,
  type LiveBroadcastOptions,
  onlyWhole,
  playabilities,
  roomyLimits,
  startLiveBroadcast,
  startYouTubeDouble,
  type TempDir,
  tempDir,
  timelineFaults,
  type YouTubeDouble,
} from "@vidferry/testing";
import type { Job } from "../../../../jobs/job.ts";
import { finishJobOnce } from "../../../../jobs/manage-job.ts";
import type { DownloadRequest } from "../../../../jobs/request.ts";
import { runAttempt } from "../../../../pipeline/run-attempt.ts";
import type { Transcoder } from "../../../../pipeline/transcoder.ts";
import { createSilentLogger } from "../../../system/index.ts";
import { ffmpegTranscoder } from "../../ffmpeg/index.ts";
import type { JsRuntime } from "../options.ts";
import { ytDlpThrough } from "../test-downloader.ts";

// The genuine yt-dlp records a stream whose picture and sound tell the second, and what is made of it is decoded. The cases mostly
// wait, so they run side by side.
const limitMs = 600_000;
const testWhole = onlyWhole(test.concurrent);
let double: YouTubeDouble;
let dir: TempDir;
let downloader: Downloader;

beforeAll(async () => {
  double = await startYouTubeDouble();
  dir = await tempDir("vidferry-recording-");
  downloader = downloaderOf(600);
}, limitMs);
afterAll(async () => {
  downloader?.close();
  await double.stop();
  await dir[Symbol.asyncDispose]();
});

const tools = findTools();
const searched = process.env["PATH"] === undefined ? {} : { path: process.env["PATH"] };

type Downloader = ReturnType<typeof ytDlpThrough>;

/** A downloader whose operator lets recordings be so long. */
function downloaderOf(liveSeconds: number, warm = true): Downloader {
  const [name = "", path = ""] = tools.jsRuntime.split(/:(.*)/s);
  return ytDlpThrough({
    binary: tools.ytDlp,
    jsRuntime: { name: name as JsRuntime["name"], path },
    proxyUrl: double.proxyUrl,
    caFile: double.caFile,
    limits: { liveSeconds },
    warm,
    ...searched,
  });
}

interface SceneOptions extends LiveBroadcastOptions {
  /** Default: the one that all cases share. */
  readonly through?: Downloader;
}

let streams = 0;

/** A stream that is on air, and a service that may record it. */
async function onAir({ through = downloader, ...options }: SceneOptions = {}) {
  streams += 1;
  const id = `onAirNow00${streams}`;
  const broadcast = await startLiveBroadcast(options);
  double.addVideo({ id, live: "now", startsAt: Math.floor(Date.now() / 1000) - 60, broadcast });
  const programs = { ffmpeg: tools.ffmpeg, ffprobe: tools.ffprobe };
  const ffmpeg = ffmpegTranscoder({ programs, logger: createSilentLogger(), ...searched });
  const hooks: { beforeInspect(): void } = { beforeInspect: () => undefined };
  const transcoder: Transcoder = {
    ...ffmpeg,
    inspect: async (path, options) => {
      hooks.beforeInspect();
      options.signal.throwIfAborted();
      return await ffmpeg.inspect(path, options);
    },
  };
  const fixture = await createServiceFixture({}, { downloader: through, transcoder });
  const { database, blobs } = fixture.deps;
  const current = async (job: Job): Promise<Job> => {
    const found = await database.jobs.get(job.id, null);
    if (found === null) throw new Error("the job is gone");
    return found;
  };
  const attempts: { readonly drain: AbortController; readonly ended: Promise<void> }[] = [];
  return {
    id,
    broadcast,
    hooks,
    fixture,
    current,
    /** Starts an attempt of the job. */
    async attempt(job: Job) {
      const drain = new AbortController();
      const finish = new AbortController();
      const claimed = await fixture.claim(job);
      const ended = runAttempt(fixture.deps, claimed, {
        leaseMs: 3_000,
        limits: { ...roomyLimits, stallMs: 60_000 },
        retentionMs: null,
        signal: drain.signal,
        finish: finish.signal,
      });
      attempts.push({ drain, ended });
      return { drain, finish, ended };
    },
    submit: (request: Partial<DownloadRequest> = {}) => fixture.submit({ url: double.url(id), ...request }),
    /** Resolves when so much has been recorded. */
    recorded: (job: Job, seconds: number) =>
      eventually(async () => ((await current(job)).progress.recordedSeconds ?? 0) >= seconds, { timeoutMs: 300_000 }),
    /** The result, on this disk. */
    async result(job: Job): Promise<string> {
      const { artifacts, error } = await current(job);
      const [artifact] = artifacts;
      if (artifact === undefined) throw new Error(`there is no result: ${JSON.stringify(error)}`);
      const path = join(dir.path, `${job.id}-${artifact.fileName}`);
      const blob = await blobs.open(artifact.storageKey);
      if (blob === null) throw new Error("the result is gone");
      await writeFile(path, new Uint8Array(await new Response(blob.body).arrayBuffer()));
      return path;
    },
    async [Symbol.asyncDispose]() {
      for (const { drain } of attempts) drain.abort();
      await Promise.allSettled(attempts.map(({ ended }) => ended));
      await fixture[Symbol.asyncDispose]();
    },
  };
}

const seconds = (startSeconds: number, endSeconds: number) => ({ startSeconds, endSeconds });

describe("a live stream", () => {
  testWhole(
    "is recorded from where it is until its owner finishes it, into the container that was asked for",
    async () => {
      await using scene = await onAir();
      const job = await scene.submit({
        output: { type: "video", quality: "best", container: "mkv", codec: "any", hdr: false },
      });
      const { ended } = await scene.attempt(job);
      await scene.recorded(job, 3);
      scene.broadcast.publish(4);
      await scene.recorded(job, 7);
      expect(await scene.current(job)).toMatchObject({
        state: "running",
        stage: "downloading",
        progress: { percent: null, downloadedBytes: expect.any(Number) },
        media: { isLive: true },
      });
      await finishJobOnce(scene.fixture.deps, job.id, job.owner, null);
      await ended;
      const done = await scene.current(job);
      expect(done).toMatchObject({ state: "succeeded", warnings: [], progress: { percent: 100, recordedSeconds: 7 } });
      expect(done.artifacts).toMatchObject([{ kind: "video", contentType: "video/x-matroska", videoCodec: "h264" }]);
      expect(await timelineFaults(await scene.result(job), [seconds(3, 10)])).toEqual([]);
    },
    limitMs,
  );

  testWhole(
    "is recorded from its start, until it is as long as it may be",
    async () => {
      const through = downloaderOf(5, false);
      await using scene = await onAir({ begun: 12, window: Number.POSITIVE_INFINITY, through });
      const job = await scene.submit({ live: { fromStart: true } });
      await (await scene.attempt(job)).ended;
      const done = await scene.current(job);
      expect(done).toMatchObject({ state: "succeeded", warnings: [{ code: "live_ended_early" }] });
      expect(await timelineFaults(await scene.result(job), [seconds(0, 5)])).toEqual([]);
      through.close();
    },
    limitMs,
  );

  testWhole(
    "is recorded to its end, also when the size of its picture changes and its numbers begin anew",
    async () => {
      await using scene = await onAir();
      const job = await scene.submit();
      const { ended } = await scene.attempt(job);
      await scene.recorded(job, 3);
      await scene.broadcast.changePicture();
      scene.broadcast.publish(3);
      await scene.recorded(job, 6);
      scene.broadcast.startOver();
      scene.broadcast.publish(2);
      await scene.recorded(job, 8);
      scene.broadcast.publish(2);
      scene.broadcast.end();
      await ended;
      expect(await scene.current(job)).toMatchObject({ state: "succeeded", warnings: [{ code: "periods_encoded" }] });
      expect(await timelineFaults(await scene.result(job), [seconds(3, 13)], { joints: [6, 9] })).toEqual([]);
    },
    limitMs,
  );

  testWhole(
    "is kept as far as it was recorded when the worker shuts down",
    async () => {
      await using scene = await onAir();
      const job = await scene.submit();
      const { finish, ended } = await scene.attempt(job);
      await scene.recorded(job, 3);
      finish.abort();
      await ended;
      expect(await scene.current(job)).toMatchObject({ state: "succeeded", warnings: [{ code: "live_ended_early" }] });
      expect(await timelineFaults(await scene.result(job), [seconds(3, 6)])).toEqual([]);
    },
    limitMs,
  );

  testWhole(
    "is not recorded on when the worker had no time to make its file",
    async () => {
      await using scene = await onAir();
      const job = await scene.submit();
      const first = await scene.attempt(job);
      await scene.recorded(job, 3);
      scene.hooks.beforeInspect = () => first.drain.abort();
      first.finish.abort();
      await first.ended;
      scene.hooks.beforeInspect = () => undefined;
      expect((await scene.current(job)).state).toBe("queued");
      scene.broadcast.publish(3);
      await (await scene.attempt(job)).ended;
      expect(await scene.current(job)).toMatchObject({ state: "succeeded", warnings: [{ code: "live_ended_early" }] });
      expect(await timelineFaults(await scene.result(job), [seconds(3, 6)])).toEqual([]);
    },
    limitMs,
  );

  test.concurrent(
    "is recorded on by the next attempt, which says what is missing",
    async () => {
      await using scene = await onAir();
      const job = await scene.submit();
      const first = await scene.attempt(job);
      await scene.recorded(job, 3);
      first.drain.abort();
      await first.ended;
      expect(await scene.current(job)).toMatchObject({ state: "queued", failures: 0 });
      // The playlist names six; it had nine.
      scene.broadcast.publish(9);
      const second = await scene.attempt(job);
      await scene.recorded(job, 9);
      scene.broadcast.end();
      await second.ended;
      const done = await scene.current(job);
      expect(done).toMatchObject({ state: "succeeded", attempt: 2, warnings: [{ code: "live_gaps" }] });
      expect(done.warnings[0]?.detail).toContain("3 seconds");
      const kept = [seconds(3, 6), seconds(9, 15)];
      expect(await timelineFaults(await scene.result(job), kept)).toEqual([]);
    },
    limitMs,
  );

  testWhole(
    "that is gone without an end is kept as far as it was recorded, once the source says that it is over",
    async () => {
      await using scene = await onAir();
      const job = await scene.submit();
      const { ended } = await scene.attempt(job);
      await scene.recorded(job, 3);
      scene.broadcast.refuse(404);
      const { broadcast, id } = scene;
      double.addVideo({ id, live: "ended", playability: playabilities.liveEnded, broadcast });
      await ended;
      expect(await scene.current(job)).toMatchObject({ state: "succeeded", failures: 0, warnings: [] });
      expect(await timelineFaults(await scene.result(job), [seconds(3, 6)])).toEqual([]);
    },
    limitMs,
  );
});
