import { describe, expect, test } from "bun:test";
import { createServiceFixture, eventually, fixedEgress, roomyLimits, type ServiceFixture } from "@vidferry/testing";
import type { Egresses } from "../egress/egresses.ts";
import type { Job } from "../jobs/job.ts";
import { moveJob, removeJob } from "../jobs/manage-job.ts";
import { readRequest } from "../jobs/read-request.ts";
import type { DownloadRequestInput } from "../jobs/request.ts";
import { toJobResource } from "../jobs/resource.ts";
import { submitJob } from "../jobs/submit-job.ts";
import { openFile } from "../library/read-file.ts";
import { wakeJoinedJobs } from "../maintenance/joined-jobs.ts";
import { runAttempt } from "./run-attempt.ts";

const youtube = "https://www.youtube.com/watch?v=sample00001";
const policy = { scope: "owner", maxAgeMs: 86_400_000 } as const;
const options = {
  leaseMs: 5_000,
  limits: roomyLimits,
  retentionMs: null,
  signal: new AbortController().signal,
  reuse: { ...policy, joins: true },
};

async function submit(
  { deps }: ServiceFixture,
  request: Partial<DownloadRequestInput> = {},
  { owner = "ada", scope = "owner" as "owner" | "shared" } = {},
): Promise<Job> {
  const written = { url: youtube, ...request };
  const input = { owner, request: readRequest(written), written, idempotencyKey: null, requestId: null };
  const hosts = { allowedHosts: ["*"], allowPrivateHosts: [] };
  const reuse = { ...policy, scope, retentionMs: null };
  return (await submitJob(deps, { hosts, maxAttempts: 3, reuse }, input)).job;
}

/** Runs an attempt of the job, and returns what became of the job. */
async function run(fixture: ServiceFixture, job: Job): Promise<Job> {
  await runAttempt(fixture.deps, await fixture.claim(job), options);
  return await read(fixture, job);
}

async function read({ deps }: ServiceFixture, { id }: Job): Promise<Job> {
  const job = await deps.database.jobs.get(id, null);
  if (job === null) throw new Error(`there is no job ${id}`);
  return job;
}

async function textOf({ deps }: ServiceFixture, job: Job): Promise<string> {
  const { blob } = await openFile(deps, job.id, null, job.artifacts[0]?.id ?? "");
  return await new Response(blob.body).text();
}

describe("a request for what is kept", () => {
  test("has succeeded when it is accepted, with the same file under an id of its own", async () => {
    await using fixture = await createServiceFixture();
    const first = await run(fixture, await submit(fixture));
    const second = await submit(fixture, { url: "https://youtu.be/sample00001", labels: { a: "b" } });
    expect(second).toMatchObject({ state: "succeeded", reusedFrom: first.id, labels: { a: "b" }, media: first.media });
    expect(second.progress).toMatchObject({ percent: 100, downloadedBytes: 0 });
    expect(second.artifacts[0]?.id).not.toBe(first.artifacts[0]?.id);
    expect(await textOf(fixture, second)).toBe(await textOf(fixture, first));
    expect(fixture.engine.calls.resolve).toBe(1);
  });

  test("names the file by its own template", async () => {
    await using fixture = await createServiceFixture();
    await run(fixture, await submit(fixture));
    const second = await submit(fixture, { fileName: "{channel}/{title} [{id}]" });
    expect(second.artifacts.map(({ fileName }) => fileName)).toEqual(["Samples/A sample [sample00001].mp4"]);
    const third = await submit(fixture);
    expect(third).toMatchObject({ state: "succeeded", artifacts: [{ fileName: "A sample.mp4" }] });
  });

  test("keeps its file when the first job is deleted, and the last deletion takes it along", async () => {
    await using fixture = await createServiceFixture();
    const first = await run(fixture, await submit(fixture));
    const second = await submit(fixture);
    await removeJob(fixture.deps, first.id, null);
    expect(await textOf(fixture, second)).toStartWith("video of");
    await removeJob(fixture.deps, second.id, null);
    expect(await fixture.deps.blobs.stat(second.artifacts[0]?.storageKey ?? "")).toBeNull();
  });

  test.each<[string, Partial<DownloadRequestInput>]>([
    ["that wants it anew", { reuse: "never" }],
    ["for another form of it", { output: { type: "audio" } }],
    ["for a later time", { scheduledFor: "2999-01-01T00:00:00Z" }],
  ])("is made when it is one %s", async (_, request) => {
    await using fixture = await createServiceFixture();
    await run(fixture, await submit(fixture));
    expect((await submit(fixture, request)).state).not.toBe("succeeded");
  });

  test("is made anew when the file is gone, or has been cut off", async () => {
    await using fixture = await createServiceFixture();
    const first = await run(fixture, await submit(fixture));
    const key = first.artifacts[0]?.storageKey ?? "";
    const { blobs } = fixture.deps;
    await blobs.remove([key]);
    expect((await submit(fixture)).state).toBe("queued");
    const stream = new Response("vid").body as ReadableStream<Uint8Array>;
    await blobs.put(key, { kind: "stream", stream }, { contentType: "video/mp4" });
    expect((await submit(fixture)).state).toBe("queued");
  });

  test("of another owner is made, unless results are shared and nothing private was used for it", async () => {
    const direct = { ...fixedEgress({ proxyUrl: "http://127.0.0.1:9" }), egress: "direct" };
    const egresses: Egresses = { lease: async () => direct };
    await using fixture = await createServiceFixture({}, { egresses });
    const first = await run(fixture, await submit(fixture));
    expect((await submit(fixture, {}, { owner: "bob" })).state).toBe("queued");
    expect(await submit(fixture, {}, { owner: "bob", scope: "shared" })).toMatchObject({ reusedFrom: first.id });
    const cookies = { copyInto: () => Promise.reject(new Error("not asked for")) };
    const withCookies: Egresses = { lease: async () => ({ ...direct, cookies }) };
    const secret = await submit(fixture, { thumbnail: "embed" });
    await runAttempt({ ...fixture.deps, egresses: withCookies }, await fixture.claim(secret), options);
    expect((await read(fixture, secret)).state).toBe("succeeded");
    const wanted = await submit(fixture, { thumbnail: "embed" }, { owner: "bob", scope: "shared" });
    expect(wanted.state).toBe("queued");
  });

  test("with a link that does not say what is there is found by what it led to", async () => {
    const resolve = async (url: string) => ({
      extractor: "vimeo",
      id: "7",
      webpageUrl: url.replace("/short", "/long"),
    });
    await using fixture = await createServiceFixture({ resolve });
    const link = { url: "https://video.example/short/7" };
    const first = await run(fixture, await submit(fixture, link));
    expect(await submit(fixture, link)).toMatchObject({ state: "succeeded", reusedFrom: first.id });
    const unknown = await submit(fixture, { url: "https://video.example/long/7" });
    expect(unknown.state).toBe("queued");
    expect(await run(fixture, unknown)).toMatchObject({ state: "succeeded", reusedFrom: first.id });
    expect(fixture.engine.calls).toMatchObject({ resolve: 2, fetch: 1 });
    expect(await fixture.deps.workFolders.list()).toEqual([]);
  });
});

describe("jobs for one result at the same time", () => {
  /** A job whose fetch stands still until it is let go or fails, and others that have joined it. */
  async function joinedTo(fixture: ServiceFixture, others: readonly Partial<DownloadRequestInput>[]) {
    const leader = await submit(fixture);
    const done = run(fixture, leader);
    await eventually(() => fixture.engine.calls.fetch === 1);
    const joined: Job[] = [];
    for (const request of others) joined.push(await run(fixture, await submit(fixture, request)));
    return { leader, done, joined };
  }

  test("are made once, and all succeed with it", async () => {
    const gate = Promise.withResolvers<void>();
    await using fixture = await createServiceFixture({ fetch: () => gate.promise });
    const queued = await submit(fixture);
    const { leader, done, joined } = await joinedTo(fixture, [{}, { fileName: "{id}" }]);
    for (const job of joined) {
      expect(job.state).toBe("queued");
      expect(toJobResource(job)).toMatchObject({ nextAttemptAt: null, waitingFor: { reason: "reuse" } });
    }
    gate.resolve();
    expect((await done).state).toBe("succeeded");
    for (const job of [queued, ...joined])
      expect(await read(fixture, job)).toMatchObject({ state: "succeeded", reusedFrom: leader.id });
    expect((await read(fixture, joined[1] as Job)).artifacts[0]?.fileName).toBe("sample00001.mp4");
    expect(fixture.engine.calls.fetch).toBe(1);
  });

  test("go on one after the other when the first is canceled, paused or deleted", async () => {
    const gate = Promise.withResolvers<void>();
    await using fixture = await createServiceFixture({ fetch: () => gate.promise });
    const ends = [
      (id: Job["id"]) => moveJob(fixture.deps, id, null, "cancel"),
      (id: Job["id"]) => moveJob(fixture.deps, id, null, "pause"),
      (id: Job["id"]) => removeJob(fixture.deps, id, null),
    ];
    let leader = await fixture.claim(await submit(fixture));
    for (const _ of ends) expect((await run(fixture, await submit(fixture))).state).toBe("queued");
    for (const end of ends) {
      await end(leader.id);
      const now = await fixture.deps.database.jobs.list({ owner: "ada", states: ["queued"], limit: 10 });
      const [next, ...more] = now.filter(({ joinedAt }) => joinedAt === null);
      expect(more).toEqual([]);
      leader = await fixture.claim(next as Job);
    }
    gate.resolve();
  });

  test("go on with the next when the first fails, which has tries of its own", async () => {
    const gate = Promise.withResolvers<void>();
    let isBroken = true;
    const fetch = async () => {
      await gate.promise;
      if (isBroken) throw new Error("broken");
    };
    await using fixture = await createServiceFixture({ fetch });
    const leader = await submit(fixture, { maxAttempts: 1 });
    const done = run(fixture, leader);
    await eventually(() => fixture.engine.calls.fetch === 1);
    const next = await submit(fixture);
    expect(await run(fixture, next)).toMatchObject({ state: "queued", failures: 0 });
    gate.resolve();
    expect((await done).state).toBe("failed");
    isBroken = false;
    expect(await read(fixture, next)).toMatchObject({ joinedAt: null });
    expect(await run(fixture, next)).toMatchObject({ state: "succeeded", reusedFrom: null });
  });

  test("go on when the process is killed that should have told them", async () => {
    await using fixture = await createServiceFixture();
    const { database } = fixture.deps;
    const leader = await fixture.claim(await submit(fixture));
    const next = await submit(fixture);
    expect((await run(fixture, next)).state).toBe("queued");
    expect(await wakeJoinedJobs(fixture.deps, 10)).toBe(0);
    await database.jobs.remove(leader.id, null);
    expect(await wakeJoinedJobs(fixture.deps, 10)).toBe(1);
    expect(await run(fixture, next)).toMatchObject({ state: "succeeded" });
  });

  test("are not waited for by one that is to be made anew", async () => {
    await using fixture = await createServiceFixture();
    await fixture.claim(await submit(fixture));
    expect(await run(fixture, await submit(fixture, { reuse: "never" }))).toMatchObject({ reusedFrom: null });
    expect(fixture.engine.calls.fetch).toBe(1);
  });

  test("of several owners are made for each", async () => {
    await using fixture = await createServiceFixture();
    await fixture.claim(await submit(fixture));
    const other = await submit(fixture, {}, { owner: "bob", scope: "shared" });
    expect(await run(fixture, other)).toMatchObject({ state: "succeeded", reusedFrom: null });
  });
});
