import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  createServiceFixture,
  findTools,
  isWhole,
  notStarted,
  onlyWhole,
  playabilities,
  roomyLimits,
  type SampleVideo,
  startYouTubeDouble,
  type YouTubeDouble,
} from "@vidferry/testing";
import { toJobResource } from "../../../jobs/resource.ts";
import { runAttempt } from "../../../pipeline/run-attempt.ts";
import type { Clock } from "../../../runtime/clock.ts";
import { systemClock } from "../../system/index.ts";
import type { JsRuntime } from "./options.ts";
import { ytDlpThrough } from "./test-downloader.ts";

// The genuine yt-dlp, a YouTube whose live streams begin and end when they are told to, and a clock that can be moved.
const limitMs = 240_000;
const testWhole = onlyWhole(test);
const minuteMs = 60_000;
let double: YouTubeDouble;
/** How far the clock is ahead: by nothing when a job begins. */
let offset = 0;
const clock: Clock = { ...systemClock, now: () => new Date(Date.now() + offset) };
let downloader: ReturnType<typeof ytDlpThrough>;

beforeAll(async () => {
  double = await startYouTubeDouble();
  const tools = findTools();
  const [name = "", path = ""] = tools.jsRuntime.split(/:(.*)/s);
  downloader = ytDlpThrough({
    binary: tools.ytDlp,
    jsRuntime: { name: name as JsRuntime["name"], path },
    proxyUrl: double.proxyUrl,
    caFile: double.caFile,
    warm: true,
    clock,
    ...(process.env["PATH"] === undefined ? {} : { path: process.env["PATH"] }),
  });
}, limitMs);
afterAll(async () => {
  downloader.close();
  await double.stop();
});

/** A job of a video whose state changes, and the time that goes by between its attempts. */
async function watchFrom(first: Omit<SampleVideo, "id">) {
  const id = "liveThing01";
  offset = 0;
  const fixture = await createServiceFixture({}, { clock, downloader });
  double.addVideo({ id, ...first });
  const job = await fixture.submit({ url: double.url(id), output: { type: "transcript" }, maxAttempts: 1 });
  const look = async () => {
    const options = { leaseMs: 60_000, limits: roomyLimits, retentionMs: null, signal: new AbortController().signal };
    await runAttempt(fixture.deps, await fixture.claim(job), options);
    const after = await fixture.deps.database.jobs.get(job.id, null);
    if (after === null) throw new Error("the job is gone");
    return after;
  };
  return {
    /** The next attempt, when it is due, of the video as it is by then. */
    async next(video?: Omit<SampleVideo, "id">) {
      if (video !== undefined) double.addVideo({ id, ...video });
      const due = (await fixture.deps.database.jobs.get(job.id, null))?.nextAttemptAt ?? null;
      if (due !== null) offset = Math.max(offset, due.getTime() - Date.now() + 1_000);
      return look();
    },
    pass: (ms: number) => {
      offset += ms;
    },
    [Symbol.asyncDispose]: () => fixture[Symbol.asyncDispose](),
  };
}

const inMinutes = (minutes: number) => Math.floor((Date.now() + minutes * minuteMs) / 1000);
const upcoming = (startsAt: number, words = "This live event will begin in 2 hours."): Omit<SampleVideo, "id"> => ({
  live: "upcoming",
  startsAt,
  playability: notStarted(words, startsAt),
});

describe("a live stream that is announced", () => {
  test(
    "is waited for until its recording is online, however late it is, without using up an attempt",
    async () => {
      const startsAt = inMinutes(120);
      await using watched = await watchFrom(upcoming(startsAt));
      const announced = await watched.next();
      expect(announced).toMatchObject({ state: "queued", failures: 0, error: { code: "live_not_started" } });
      expect(announced.nextAttemptAt?.getTime()).toBeGreaterThanOrEqual((startsAt + 60) * 1000 - 5_000);
      expect(toJobResource(announced).waitingFor).toMatchObject({ reason: "live", until: expect.any(String) });

      if (isWhole) {
        const late = await watched.next(upcoming(startsAt, "This live event will begin shortly."));
        expect(late).toMatchObject({ state: "queued", failures: 0, error: { code: "live_not_started" } });

        const offline = await watched.next(upcoming(startsAt, "Offline."));
        expect(offline).toMatchObject({ state: "queued", failures: 0, error: { code: "live_not_started" } });
      }
      const onAir = await watched.next({ live: "now", startsAt });
      expect(onAir).toMatchObject({
        state: "queued",
        failures: 0,
        error: { code: "live_not_supported", retryable: true },
      });
      expect(toJobResource(onAir).waitingFor).toMatchObject({ reason: "live" });

      // Right after the end the site says that alone, and while it makes the recording that there is none.
      const words = notStarted("This live event has ended.", startsAt);
      const ended = await watched.next({ live: "ended", startsAt, playability: words });
      expect(ended).toMatchObject({ state: "queued", failures: 0, error: { code: "video_removed" } });
      const over = await watched.next({ live: "ended", startsAt, playability: playabilities.liveEnded });
      expect(over).toMatchObject({ state: "queued", failures: 0, error: { code: "video_removed" } });

      const online = await watched.next({ live: "ended", startsAt, title: "The recording", itags: [18] });
      expect(online).toMatchObject({
        state: "succeeded",
        attempt: isWhole ? 7 : 5,
        media: { title: "The recording" },
        error: null,
      });
      expect(toJobResource(online).waitingFor).toBeNull();
    },
    limitMs,
  );

  testWhole(
    "as a premiere is downloaded when it is an ordinary video",
    async () => {
      const startsAt = inMinutes(30);
      await using watched = await watchFrom(upcoming(startsAt, "Premieres in 30 minutes"));
      expect(await watched.next()).toMatchObject({ state: "queued", error: { code: "live_not_started" } });
      expect(await watched.next({ title: "The premiere", itags: [18] })).toMatchObject({ state: "succeeded" });
    },
    limitMs,
  );

  testWhole(
    "and goes on for more than a day is given up in words",
    async () => {
      const startsAt = inMinutes(1);
      await using watched = await watchFrom(upcoming(startsAt));
      await watched.next();
      expect(await watched.next({ live: "now", startsAt })).toMatchObject({ state: "queued" });
      watched.pass(25 * 60 * minuteMs);
      const ended = await watched.next();
      expect(ended).toMatchObject({ state: "failed", error: { code: "live_not_supported", retryable: false } });
      expect(ended.error?.detail).toContain("on air");
    },
    limitMs,
  );
});

test(
  "a live stream that is on air already is refused at once, in words",
  async () => {
    await using watched = await watchFrom({ live: "now", startsAt: inMinutes(-60) });
    const refused = await watched.next();
    expect(refused).toMatchObject({ state: "failed", attempt: 1, error: { code: "live_not_supported" } });
    expect(refused.error?.hint).toContain("when the recording is online");
  },
  limitMs,
);
