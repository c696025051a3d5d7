import { describe, expect, test } from "bun:test";
import { createServiceFixture, roomyLimits, type ServiceFixture } from "@vidferry/testing";
import { compilePattern } from "../adapters/re2js/index.ts";
import type { Job } from "../jobs/job.ts";
import { localOwner } from "../jobs/job.ts";
import { readRequest } from "../jobs/read-request.ts";
import { submitJob } from "../jobs/submit-job.ts";
import { runAttempt } from "../pipeline/run-attempt.ts";
import { defaultHostPolicy, type HostPolicy } from "../sources/source-url.ts";
import { BatchRequest } from "./batch-request.ts";
import { createBatch } from "./create-batch.ts";
import { expandBatch } from "./expand-batch.ts";

const kept = "https://www.youtube.com/watch?v=sample00001";
const other = "https://www.youtube.com/watch?v=sample00002";
const reuse = { scope: "owner", maxAgeMs: 86_400_000, retentionMs: null } as const;
const hosts: HostPolicy = { allowedHosts: ["*"], allowPrivateHosts: [] };
const policy = { hosts, maxAttempts: 3 };
const { signal } = new AbortController();

/** A job for a link that was made to its end. */
async function made(fixture: ServiceFixture, url: string): Promise<Job> {
  const { deps } = fixture;
  const request = readRequest({ url });
  const input = { owner: localOwner, request, written: { url }, idempotencyKey: null, requestId: null };
  const { job } = await submitJob(deps, { ...policy, reuse }, input);
  const attempt = { leaseMs: 5_000, limits: roomyLimits, retentionMs: null, signal, reuse: { ...reuse, joins: true } };
  await runAttempt(deps, await fixture.claim(job), attempt);
  return job;
}

/** The jobs of a batch of these links, as they are when they were made. */
async function childrenOf(
  { deps }: ServiceFixture,
  urls: readonly string[],
  allowed = hosts,
  request: object = {},
): Promise<readonly Job[]> {
  const batch = { owner: localOwner, request: BatchRequest.parse({ urls, request }), requestId: null };
  await createBatch(deps, policy, batch);
  const claimed = await deps.database.batches.claim(30_000);
  if (claimed === null) throw new Error("there is no batch to expand");
  const probe = () => Promise.reject(new Error("there is no list to read"));
  await expandBatch(deps, claimed, { leaseMs: 30_000, hosts: allowed, probe, reuse, signal });
  const jobs = await deps.database.jobs.list({ owner: localOwner, batchId: claimed.id, limit: 100 });
  return jobs.toReversed();
}

describe("jobs of a batch", () => {
  test("over a kept video have its files at once, and the others are queued", async () => {
    await using fixture = await createServiceFixture({}, { compilePattern });
    const first = await made(fixture, kept);
    const children = await childrenOf(fixture, [kept, other]);
    expect(children).toMatchObject([
      { state: "succeeded", reusedFrom: first.id, artifacts: [{ fileName: "A sample.mp4" }] },
      { state: "queued", reusedFrom: null },
    ]);
    expect(fixture.engine.calls.resolve).toBe(1);
  });

  test("with a link that led to a kept file before have it at once", async () => {
    const resolve = async (url: string) => ({ extractor: "vimeo", id: "7", webpageUrl: url });
    await using fixture = await createServiceFixture({ resolve }, { compilePattern });
    const link = "https://video.example/7";
    const first = await made(fixture, link);
    expect(await childrenOf(fixture, [link])).toMatchObject([{ state: "succeeded", reusedFrom: first.id }]);
  });

  test("are made when they are wanted anew, or their site is allowed no more", async () => {
    await using fixture = await createServiceFixture({}, { compilePattern });
    await made(fixture, kept);
    expect(await childrenOf(fixture, [kept], hosts, { reuse: "never" })).toMatchObject([{ state: "queued" }]);
    const fewer = { ...defaultHostPolicy, allowedHosts: ["vimeo.com"] };
    expect(await childrenOf(fixture, [kept], fewer)).toMatchObject([{ state: "queued", reuseKey: null }]);
  });

  test("are queued when the kept files cannot be looked for", async () => {
    await using fixture = await createServiceFixture({}, { compilePattern });
    await made(fixture, kept);
    const { database } = fixture.deps;
    const broken = { ...database.reuse, kept: () => Promise.reject(new Error("broken")) };
    const deps = { ...fixture.deps, database: { ...database, reuse: broken } };
    expect(await childrenOf({ ...fixture, deps }, [kept])).toMatchObject([{ state: "queued" }]);
  });
});
