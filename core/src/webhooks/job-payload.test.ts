import { expect, test } from "bun:test";
import { createHeldClock } from "@vidferry/testing";
import { newJob } from "@vidferry/testing/conformance";
import { memoryStore } from "../adapters/memory/index.ts";
import type { Job } from "../jobs/job.ts";
import { byteLength, jobBody, maxStoredBytes } from "./job-payload.ts";
import { publicBody } from "./public-body.ts";

async function aJob(changes: Partial<Job>): Promise<Job> {
  const store = memoryStore({ clock: createHeldClock() });
  const outcome = await store.jobs.create(newJob());
  if (outcome.kind !== "created") throw new Error("it was not created");
  return { ...outcome.job, state: "succeeded", finishedAt: new Date(), ...changes };
}

const media = {
  ...{ extractor: "youtube", id: "a", title: "t", channel: null, durationSeconds: 1, webpageUrl: "https://x.example" },
  ...{ thumbnailUrl: null, uploadedAt: null, isLive: false },
};
const artifact = (index: number, fileName = `chapter ${index}.mp4`) => ({
  ...{
    id: `art_${index}`,
    kind: "video" as const,
    fileName,
    contentType: "video/mp4",
    bytes: 1,
    sha256: "0".repeat(64),
  },
  ...{ language: null, automatic: null, width: 1, height: 1, fps: 1, videoCodec: "h264", audioCodec: "aac" },
  ...{ durationSeconds: 1, storageKey: "secret-key" },
});

test("a body that is short has everything, and no storage keys", async () => {
  const job = await aJob({ artifacts: [artifact(1)] });
  const body = jobBody("job.succeeded", job);
  expect(JSON.parse(body)).toMatchObject({ data: { job: { id: job.id, artifacts: [{ id: "art_1" }] }, trimmed: [] } });
  expect(body).not.toContain("secret-key");
});

test("a body that is too long is shortened in a fixed order, and says what is missing", async () => {
  const chapters = Array.from({ length: 500 }, (_, index) => ({
    title: `chapter ${index}`,
    startSeconds: index,
    endSeconds: index + 1,
  }));
  const few = jobBody("job.succeeded", await aJob({ media: { ...media, chapters }, artifacts: [artifact(1)] }));
  expect(JSON.parse(few).data).toMatchObject({ trimmed: ["media.chapters"], job: { media: { title: "t" } } });
  const artifacts = Array.from({ length: 300 }, (_, index) => artifact(index));
  const many = jobBody("job.succeeded", await aJob({ media: { ...media, chapters }, artifacts }));
  expect(JSON.parse(many).data.trimmed).toEqual(["media.chapters", "artifacts"]);
  expect(JSON.parse(many).data.job.artifacts).toHaveLength(20);
});

test("no job makes a body of 20 KB, whatever is long in it", async () => {
  const long = "\u{1F3AC}\0\\".repeat(1_000);
  const job = await aJob({
    media: { ...media, title: long, chapters: [{ title: long, startSeconds: 0, endSeconds: 1 }] },
    artifacts: Array.from({ length: 400 }, (_, index) => artifact(index, long)),
    warnings: Array.from({ length: 400 }, () => ({ code: "x", detail: long })),
    error: { code: "network_error", detail: long, hint: long, retryable: true },
    labels: Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`label${index}`, long.slice(0, 255)])),
  });
  const body = jobBody("job.failed", job);
  expect(byteLength(body)).toBeLessThanOrEqual(maxStoredBytes);
  expect(JSON.parse(body)).toMatchObject({ type: "job.failed", data: { job: { id: job.id, state: "succeeded" } } });
  expect(byteLength(publicBody(body, `https://${"x".repeat(2_000)}.example`))).toBeLessThan(20_000);
});
