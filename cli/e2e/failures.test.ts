import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { stat } from "node:fs/promises";
import type { DownloadRequestInput, JobResource } from "@vidferry/core";
import { announcedStart, fewUnlessWhole, makeClips, onlyWhole } from "@vidferry/testing";
import { filesBelow, type Scene, setScene } from "./scene.ts";
import { nothingIsLeft, type Service, startService } from "./service.ts";

const testWhole = onlyWhole(test);

const limitMs = 150_000;
let scene: Scene;
let service: Service;
let passing: readonly JobResource[];
const onceIds = fewUnlessWhole(["stallOnceV1", "media403one", "media503one", "watch503one", "cutOnceVid1"], (id) =>
  ["stallOnceV1", "media403one"].includes(id),
);
beforeAll(async () => {
  scene = await setScene({
    env: { WORKER_CONCURRENCY: "6", STALL_TIMEOUT_SECONDS: "12", EGRESS_COOLDOWN_SECONDS: "1" },
  });
  service = await startService(scene);
  // They take the longest, mostly waiting, so the others run concurrently.
  passing = await submitAll(onceIds, { maxAttempts: 3 });
}, limitMs);
afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
  await scene?.[Symbol.asyncDispose]();
});

const small = { type: "video", quality: "144p" } as const;
const submit = (id: string, rest: Partial<DownloadRequestInput> = {}) =>
  service.submit({ url: scene.youtube.url(id), output: small, maxAttempts: 1, ...rest });
/** One after the other, so that they run in this order. */
const submitAll = async (ids: readonly string[], rest: Partial<DownloadRequestInput> = {}) => {
  const jobs: JobResource[] = [];
  for (const id of ids) jobs.push(await submit(id, rest));
  return jobs;
};

/** Those that stand for the others: what is found out by the same part, or tried by another file, is left out. */
const few = [
  ...["cutMediaVid", "privateVid1", "media403Vid", "truncateVid", "audioOnly01"],
  ...["loginNeeded", "botCheckVid", "rateLimited"],
];
/** One of each kind: the tests of the downloader tell all reasons apart. */
const codes: Readonly<Record<string, string>> = {
  // The slow ones first, so that the others overtake them.
  stallVideo1: "stalled",
  cutMediaVid: "network_error",
  privateVid1: "video_private",
  ageGateVid1: "age_restricted",
  removedVid1: "video_removed",
  unknownVid1: "video_removed",
  drmProtect1: "drm_protected",
  liveNowVid1: "live_not_supported",
  watch503Vid: "source_error",
  media403Vid: "source_forbidden",
  redirectVid: "host_not_allowed",
  truncateVid: "output_invalid",
  disguisedV1: "output_invalid",
  audioOnly01: "format_unavailable",
};
/** With these the site turns the machine away, not the video: after some of them in a row the others wait for a while. */
const turnedAway: Readonly<Record<string, string>> = {
  loginNeeded: "login_required",
  botCheckVid: "bot_check",
  captchaVid1: "bot_check",
  rateLimited: "rate_limited",
  watch429Vid: "rate_limited",
};
const retried = ["login_required", "bot_check", "rate_limited", "source_error", "source_forbidden"];

/** Submits the videos, and checks how each of them failed. */
async function failed(expected: Readonly<Record<string, string>>): Promise<readonly JobResource[]> {
  const wanted = fewUnlessWhole(Object.entries(expected), ([id]) => few.includes(id));
  const ids = wanted.map(([id]) => id);
  const accepted = await submitAll(ids);
  const jobs = await Promise.all(accepted.map(({ id }) => service.finished(id)));
  const seen = Object.fromEntries(jobs.map((job, index) => [ids[index], job.error?.code ?? job.state]));
  expect(seen).toEqual(Object.fromEntries(wanted));
  for (const { state, error, artifacts, finishedAt } of jobs) {
    expect({ state, artifacts }).toEqual({ state: "failed", artifacts: [] });
    expect(finishedAt).not.toBeNull();
    expect(error?.hint).toMatch(/^[A-Z`].{10,}/);
    expect(error?.detail).toMatch(/^[A-Z0-9].{10,}/i);
    // No signed link, no path of this machine.
    expect(JSON.stringify(error)).not.toMatch(/[?&](sig|n|expire)=|\/tmp\/|127\.0\.0\.1/);
    if (retried.includes(error?.code ?? "")) expect(error?.retryable).toBe(true);
  }
  return jobs;
}

describe("a video that cannot be had", () => {
  test(
    "fails with the code of its reason, and a hint what to do",
    async () => {
      for (const { attempt } of await failed(codes)) expect(attempt).toBe(1);
    },
    limitMs,
  );

  testWhole(
    "because the network or the site failed once is had by trying again",
    async () => {
      const jobs = await Promise.all(passing.map(({ id }) => service.finished(id)));
      for (const [index, job] of jobs.entries()) {
        expect([onceIds[index], job.state, job.error?.code]).toEqual([onceIds[index], "succeeded", undefined]);
        expect(job.artifacts).toEqual([expect.objectContaining({ kind: "video", height: 144, audioCodec: "aac" })]);
      }
      const attempts = Object.fromEntries(jobs.map((job, index) => [onceIds[index], job.attempt]));
      expect(attempts["media403one"]).toBe(2);
      expect(attempts["stallOnceV1"]).toBe(2);
    },
    limitMs,
  );

  test(
    "because what came was cut off is fetched anew, not continued",
    async () => {
      const cut = { id: "cutOffVid01", title: "Cut off", itags: [18], challenge: "none" } as const;
      scene.youtube.addVideo({ ...cut, mediaShare: 0.4 });
      const { id } = await submit("cutOffVid01", { maxAttempts: 2 });
      const waiting = await service.until(id, ({ error }) => error !== null, "a failure");
      expect(waiting.error?.code).toBe("output_invalid");
      scene.youtube.addVideo(cut);
      const job = await service.finished(id);
      expect(job).toMatchObject({ state: "succeeded", attempt: 2 });
      expect(job.artifacts[0]?.bytes).toBe((await stat((await makeClips()).path("landscape/18.mp4"))).size);
    },
    limitMs,
  );

  test(
    "leaves nothing, and the service goes on",
    async () => {
      await nothingIsLeft(scene);
      expect((await filesBelow(`${scene.home}/data/files/jobs`)).length).toBe(onceIds.length + 1);
      expect((await fetch(`${service.url}/readyz`)).status).toBe(200);
    },
    limitMs,
  );

  testWhole(
    "because it has not started waits for its start",
    async () => {
      for (const id of fewUnlessWhole(["upcomingVid", "premiereVid"], (id) => id === "upcomingVid")) {
        const { id: jobId } = await submit(id);
        const job = await service.until(jobId, ({ nextAttemptAt }) => nextAttemptAt !== null, "a second attempt");
        expect(job).toMatchObject({ state: "queued", error: { code: "live_not_started", retryable: true } });
        expect(Date.parse(job.nextAttemptAt ?? "")).toBeGreaterThanOrEqual(announcedStart * 1000);
        expect((await service.post(`/downloads/${jobId}/cancel`)).status).toBe(200);
      }
      // The folders of jobs that end while they wait are looked for every minute, and at each start.
      expect(await service.end("SIGTERM")).toBe(0);
      service = await startService(scene);
      await nothingIsLeft(scene);
    },
    limitMs,
  );

  test(
    "because the site turns the machine away fails so, and others wait meanwhile",
    async () => {
      await failed(turnedAway);
      await nothingIsLeft(scene);
    },
    limitMs,
  );
});
